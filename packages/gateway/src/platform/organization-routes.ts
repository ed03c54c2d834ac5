import { invalidParams } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isText, membersOf } from "./body.ts";
import { toUserJson } from "./user-routes.ts";

const MAX_TEXT = 512;

export function organizationRoutes(edge: Edge): readonly PlatformRoute[] {
  const { organizations } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/organizations",
      policy: "key",
      summary: "The caller's organizations, with their role",
      handle: async (exchange) => sendJson(exchange, { organizations: await organizations.list(exchange.principal) }),
    },
    {
      method: "POST",
      path: "/v1/organizations",
      policy: "organization.manage",
      summary: "Create an organization; for owners of the default one",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const { name, owner } = membersOf(await readJson(exchange, edge.limits));
        if (!isText(name, MAX_TEXT)) throw invalidParams([{ field: "name", description: "must be text" }]);
        if (owner !== undefined && !isText(owner, MAX_TEXT)) {
          throw invalidParams([{ field: "owner", description: "must be an email address" }]);
        }
        const created = await organizations.create(exchange.principal, { name, owner });
        const { user, code } = created.owner;
        const owned = { ...toUserJson(user), ...(code === undefined ? {} : { code }) };
        sendJson(exchange, { ...created.organization, owner: owned }, { status: 201 });
      },
    },
    {
      method: "POST",
      path: "/v1/organizations/{id}/name",
      policy: "organization.manage",
      summary: "Rename the caller's organization",
      body: "application/json",
      handle: async (exchange) => {
        const { name } = membersOf(await readJson(exchange, edge.limits));
        if (!isText(name, MAX_TEXT)) throw invalidParams([{ field: "name", description: "must be text" }]);
        sendJson(exchange, await organizations.rename(exchange.principal, exchange.param("id"), name));
      },
    },
  ];
}
