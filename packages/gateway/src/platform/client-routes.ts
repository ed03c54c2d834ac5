import { invalidParams } from "@berth/protocol";
import type { FieldViolation, OrgRole } from "@berth/protocol";
import { ROLES } from "@berth/protocol";
import type { NewOAuthClient, OAuthClient } from "@berth/control";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isTexts, membersOf } from "./body.ts";

/** Programs that an administrator makes known to the authorization server. */
export function clientRoutes(edge: Edge): readonly PlatformRoute[] {
  const { clients } = edge.control.oauth;
  return [
    {
      method: "GET",
      path: "/v1/clients",
      policy: "client.manage",
      summary: "OAuth clients that administrators have made",
      handle: async (exchange) =>
        sendJson(exchange, { clients: (await clients.list(exchange.principal)).map(toClientJson) }),
    },
    {
      method: "POST",
      path: "/v1/clients",
      policy: "client.manage",
      summary: "Make an OAuth client; its secret is shown in this answer only",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const request = parseNewClient(await readJson(exchange, edge.limits));
        const { client, secret } = await clients.add(exchange.principal, request);
        sendJson(exchange, { ...toClientJson(client), secret: secret ?? null }, { status: 201 });
      },
    },
    {
      method: "DELETE",
      path: "/v1/clients/{id}",
      policy: "client.manage",
      summary: "Remove an OAuth client; what it acts with by itself ends at once",
      status: 204,
      handle: async (exchange) => {
        await clients.remove(exchange.principal, exchange.param("id"));
        sendEmpty(exchange);
      },
    },
  ];
}

function toClientJson({ clientId, name, redirectUris, scopes, kind, role, createdAt }: OAuthClient): object {
  return { id: clientId, name, redirectUris, scopes, kind, role: role ?? null, createdAt };
}

/** Shapes only; what may be is the use case's to say. @throws INVALID_PARAMS with every field that does not fit */
function parseNewClient(body: unknown): NewOAuthClient {
  const { name, redirectUris, scopes, kind, role } = membersOf(body);
  const violations: FieldViolation[] = [];
  if (typeof name !== "string") violations.push({ field: "name", description: "must be a text" });
  if (redirectUris !== undefined && !isTexts(redirectUris))
    violations.push({ field: "redirectUris", description: "must be a list of addresses" });
  if (scopes !== undefined && !isTexts(scopes))
    violations.push({ field: "scopes", description: "must be a list of names" });
  if (kind !== undefined && kind !== "public" && kind !== "confidential") {
    violations.push({ field: "kind", description: "must be public or confidential" });
  }
  if (role !== undefined && !isRole(role)) {
    violations.push({ field: "role", description: `must be one of ${Object.keys(ROLES).join(", ")}` });
  }
  if (violations.length > 0 || typeof name !== "string") throw invalidParams(violations);
  return {
    name,
    ...(isTexts(redirectUris) ? { redirectUris } : {}),
    ...(isTexts(scopes) ? { scopes } : {}),
    ...(kind === "public" || kind === "confidential" ? { kind } : {}),
    ...(isRole(role) ? { role } : {}),
  };
}

function isRole(value: unknown): value is OrgRole {
  return typeof value === "string" && Object.hasOwn(ROLES, value);
}
