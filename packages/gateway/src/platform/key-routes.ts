import { SCOPES, invalidParams } from "@berth/protocol";
import type { NewKey } from "@berth/control";
import type { FieldViolation } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import type { KeyRecord } from "./records.ts";
import { isTexts } from "./body.ts";

export function keyRoutes(edge: Edge): readonly PlatformRoute[] {
  const { auth } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/keys",
      policy: "key.manage",
      summary: "API keys, without their secrets",
      handle: async (exchange) =>
        sendJson(exchange, { keys: (await auth.listKeys(exchange.principal)).map(toKeyJson) }),
    },
    {
      method: "POST",
      path: "/v1/keys",
      policy: "key.manage",
      summary: "Create an API key; this answer is the only place where it is ever shown",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const request = parseKeyRequest(await readJson(exchange, edge.limits));
        const { record, secret } = await auth.createKey(exchange.principal, request);
        sendJson(exchange, { key: secret, ...toKeyJson(record) }, { status: 201 });
      },
    },
    {
      method: "DELETE",
      path: "/v1/keys/{id}",
      policy: "key.manage",
      summary: "Revoke a key at once",
      status: 204,
      handle: async (exchange) => {
        await auth.revokeKey(exchange.principal, exchange.param("id"));
        sendEmpty(exchange);
      },
    },
  ];
}

function toKeyJson(record: KeyRecord): object {
  const { keyId, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt, createdBy, agents, cidrs } = record;
  return {
    id: keyId,
    name,
    scopes,
    createdAt,
    expiresAt: expiresAt ?? null,
    lastUsedAt: lastUsedAt ?? null,
    revokedAt: revokedAt ?? null,
    createdBy: createdBy ?? null,
    agents: agents ?? null,
    cidrs: cidrs ?? null,
  };
}

/** @throws INVALID_PARAMS with every field that does not fit. */
function parseKeyRequest(body: unknown): NewKey {
  const members =
    typeof body === "object" && body !== null ? new Map<string, unknown>(Object.entries(body)) : new Map();
  const violations: FieldViolation[] = [];
  const name: unknown = members.get("name");
  if (typeof name !== "string" || !/^[^\p{C}]{1,100}$/u.test(name)) {
    violations.push({ field: "name", description: "must be 1 to 100 printable characters" });
  }
  const asked: unknown = members.get("scopes");
  const scopes = Array.isArray(asked) ? SCOPES.filter((scope) => asked.includes(scope)) : [];
  if (!Array.isArray(asked) || scopes.length === 0 || scopes.length !== new Set(asked).size) {
    violations.push({ field: "scopes", description: `must be a list out of ${SCOPES.join(", ")}` });
  }
  const days: unknown = members.get("expiresInDays") ?? undefined;
  if (days !== undefined && !isDays(days)) {
    violations.push({ field: "expiresInDays", description: "must be an integer from 1 to 3650" });
  }
  const [agents, cidrs]: unknown[] = [members.get("agents") ?? undefined, members.get("cidrs") ?? undefined];
  if (agents !== undefined && !isTexts(agents))
    violations.push({ field: "agents", description: "must be a list of names" });
  if (cidrs !== undefined && !isTexts(cidrs))
    violations.push({ field: "cidrs", description: "must be a list of networks" });
  if (violations.length > 0 || typeof name !== "string") throw invalidParams(violations);
  return {
    name,
    scopes,
    ...(isDays(days) ? { expiresInDays: days } : {}),
    ...(isTexts(agents) ? { agents } : {}),
    ...(isTexts(cidrs) ? { cidrs } : {}),
  };
}

function isDays(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 3_650;
}
