import { ROLES, invalidParams } from "@berth/protocol";
import type { OrgRole } from "@berth/protocol";
import type { User } from "@berth/control";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isText, membersOf } from "./body.ts";

const MAX_TEXT = 512;

/** The people of the caller's organization. */
export function userRoutes(edge: Edge): readonly PlatformRoute[] {
  const { users } = edge.control;
  const switchRoute = (verb: "disable" | "enable", summary: string): PlatformRoute => ({
    method: "POST",
    path: `/v1/users/{id}/${verb}`,
    policy: "user.manage",
    summary,
    handle: async (exchange) => {
      const { principal } = exchange;
      sendJson(exchange, toUserJson(await users.setDisabled(principal, exchange.param("id"), verb === "disable")));
    },
  });
  return [
    {
      method: "GET",
      path: "/v1/users",
      policy: "user.read",
      summary: "The people of the organization, with their roles",
      handle: async (exchange) => sendJson(exchange, { users: (await users.list(exchange.principal)).map(toUserJson) }),
    },
    {
      method: "POST",
      path: "/v1/users",
      policy: "user.manage",
      summary: "Add a person; the answer has the code that signs them in, once, within 72 hours",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const { user, code } = await users.add(exchange.principal, await readNewUser(edge, exchange));
        sendJson(exchange, { ...toUserJson(user), ...(code === undefined ? {} : { code }) }, { status: 201 });
      },
    },
    {
      method: "POST",
      path: "/v1/users/{id}/role",
      policy: "user.manage",
      summary: "Give a person another role; their sessions end",
      body: "application/json",
      handle: async (exchange) => {
        const { role } = membersOf(await readJson(exchange, edge.limits));
        const { principal } = exchange;
        sendJson(exchange, toUserJson(await users.setRole(principal, exchange.param("id"), parseRole(role))));
      },
    },
    switchRoute("disable", "Shut a person out of the organization at once"),
    switchRoute("enable", "Let a disabled person in again"),
    {
      method: "POST",
      path: "/v1/users/{id}/code",
      policy: "user.manage",
      summary: "A new sign-in code for a person who is in this organization only",
      status: 201,
      handle: async (exchange) => {
        const code = await users.createCode(exchange.principal, exchange.param("id"));
        sendJson(exchange, { code }, { status: 201 });
      },
    },
    {
      method: "DELETE",
      path: "/v1/users/{id}",
      policy: "user.manage",
      summary: "Remove a person from the organization",
      status: 204,
      handle: async (exchange) => {
        await users.remove(exchange.principal, exchange.param("id"));
        sendEmpty(exchange);
      },
    },
  ];
}

export function toUserJson({ userId, email, name, role, createdAt, disabledAt }: User): object {
  return { id: userId, email, name, role, createdAt, disabledAt: disabledAt ?? null };
}

async function readNewUser(
  edge: Edge,
  exchange: Exchange,
): Promise<{ readonly email: string; readonly name?: string; readonly role: OrgRole }> {
  const { email, name, role } = membersOf(await readJson(exchange, edge.limits));
  if (!isText(email, MAX_TEXT)) throw invalidParams([{ field: "email", description: "must be an email address" }]);
  if (name !== undefined && !isText(name, MAX_TEXT))
    throw invalidParams([{ field: "name", description: "must be text" }]);
  return { email, role: parseRole(role), ...(name === undefined ? {} : { name }) };
}

/** @throws INVALID_PARAMS */
function parseRole(value: unknown): OrgRole {
  if (isRole(value)) return value;
  throw invalidParams([{ field: "role", description: `must be one of ${Object.keys(ROLES).join(", ")}` }]);
}

function isRole(value: unknown): value is OrgRole {
  return typeof value === "string" && Object.hasOwn(ROLES, value);
}
