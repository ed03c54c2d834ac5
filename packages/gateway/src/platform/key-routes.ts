import { SCOPES, invalidParams } from "@berth/protocol";
import type { FieldViolation, Scope } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import type { KeyRecord } from "./records.ts";

interface KeyRequest {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresInDays?: number;
}

export function keyRoutes(edge: Edge): readonly PlatformRoute[] {
  const { auth } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/keys",
      policy: ["admin"],
      summary: "API keys, without their secrets",
      handle: async (exchange) =>
        sendJson(exchange, { keys: (await auth.listKeys(exchange.principal)).map(toKeyJson) }),
    },
    {
      method: "POST",
      path: "/v1/keys",
      policy: ["admin"],
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
      policy: ["admin"],
      summary: "Revoke a key at once",
      status: 204,
      handle: async (exchange) => {
        await auth.revokeKey(exchange.principal, exchange.param("id"));
        sendEmpty(exchange);
      },
    },
  ];
}

function toKeyJson({ keyId, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }: KeyRecord): object {
  return {
    id: keyId,
    name,
    scopes,
    createdAt,
    expiresAt: expiresAt ?? null,
    lastUsedAt: lastUsedAt ?? null,
    revokedAt: revokedAt ?? null,
  };
}

/** @throws INVALID_PARAMS with every field that does not fit. */
function parseKeyRequest(body: unknown): KeyRequest {
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
  if (violations.length > 0 || typeof name !== "string") throw invalidParams(violations);
  return { name, scopes, ...(isDays(days) ? { expiresInDays: days } : {}) };
}

function isDays(value: unknown): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= 3_650;
}
