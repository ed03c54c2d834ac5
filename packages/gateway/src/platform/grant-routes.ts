import type { Control } from "@berth/control";
import type { Edge } from "../edge/edge.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { choiceParameter, textParameter } from "./page.ts";

type GrantRecord = Awaited<ReturnType<Control["grants"]["list"]>>[number];

export function grantRoutes(edge: Edge): readonly PlatformRoute[] {
  const { grants } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/grants",
      policy: "grant.read",
      summary: "What runs may do with files: of one run oldest first, else newest first, at most 1,000",
      query: [
        { name: "run", description: "The task whose run holds them." },
        { name: "valid", description: "Neither revoked nor expired, or the others.", type: "boolean" },
      ],
      handle: async (exchange) => {
        const runId = textParameter(exchange, "run");
        const valid = choiceParameter(exchange, "valid", ["true", "false"]);
        const filter = {
          ...(runId === undefined ? {} : { runId }),
          ...(valid === undefined ? {} : { valid: valid === "true" }),
        };
        const listed = await grants.list(exchange.principal, filter);
        sendJson(exchange, { grants: listed.map(toGrantJson) });
      },
    },
    {
      method: "DELETE",
      path: "/v1/grants/{id}",
      policy: "grant.revoke",
      summary: "Revoke a run's grant within a second, with everything that was cut from it",
      status: 204,
      handle: async (exchange) => {
        await grants.revoke(exchange.principal, exchange.param("id"));
        sendEmpty(exchange);
      },
    },
  ];
}

function toGrantJson(record: GrantRecord): object {
  const { grantId, runId, agentId, priorId, parentId, approvalId, scope, issuedAt, expiresAt, revokedAt } = record;
  return {
    id: grantId,
    run: runId,
    agentId,
    ...(priorId === undefined ? {} : { priorId }),
    ...(parentId === undefined ? {} : { parentId }),
    ...(approvalId === undefined ? {} : { approvalId }),
    scope,
    issuedAt,
    expiresAt,
    revokedAt: revokedAt ?? null,
    valid: revokedAt === undefined && Date.parse(expiresAt) > Date.now(),
  };
}
