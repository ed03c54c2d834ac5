import { invalidParams } from "@berth/protocol";
import type { RotatedKey } from "@berth/control";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readBody, readJson } from "../edge/read-body.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isText, membersOf } from "./body.ts";

const MAX_NAME = 256;
const MAX_CHECKPOINT = 65_536;

export function ledgerKeyRoutes(edge: Edge): readonly PlatformRoute[] {
  const { receipts } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/ledger/keys",
      policy: "ledger_key.read",
      summary: "What the log says about the keys that sign receipts",
      handle: async (exchange) => {
        const keys = await receipts.ledgerKeys(exchange.principal);
        sendJson(exchange, { keys: keys.map((key) => ({ ...key })) });
      },
    },
    {
      method: "POST",
      path: "/v1/ledger/checkpoints",
      policy: "checkpoint.enter",
      summary: "Put the checkpoint of another log into this one; answers with the leaf and its proof",
      body: "text/plain",
      status: 201,
      handle: async (exchange) => {
        const note = (await readBody(exchange.req, MAX_CHECKPOINT)).toString("utf8");
        sendJson(exchange, { ...(await receipts.enterCheckpoint(exchange.principal, note)) }, { status: 201 });
      },
    },
    {
      method: "POST",
      path: "/v1/ledger/keys/rotate",
      policy: "ledger_key.manage",
      summary: "A new key takes over, of the control plane or of an agent; the old one says so in the log",
      body: "application/json",
      handle: async (exchange) => {
        const of = await rotatedKey(edge, exchange, await readJson(exchange, edge.limits));
        sendJson(exchange, { keyId: await receipts.rotateKey(exchange.principal, of) });
      },
    },
    {
      method: "POST",
      path: "/v1/ledger/keys/revoke",
      policy: "ledger_key.manage",
      summary: "Say in the log that a replaced key counts no more",
      body: "application/json",
      handle: async (exchange) => {
        const { keyId } = membersOf(await readJson(exchange, edge.limits));
        if (!isText(keyId, MAX_NAME)) throw invalidParams([{ field: "keyId", description: "must be a key's id" }]);
        await receipts.revokeKey(exchange.principal, keyId);
        sendJson(exchange, { keyId });
      },
    },
  ];
}

/** @throws INVALID_PARAMS, AGENT_NOT_FOUND */
async function rotatedKey(edge: Edge, { principal }: Exchange, body: unknown): Promise<RotatedKey> {
  const { role, agent } = membersOf(body);
  if (role === "cp") return { role };
  if (role === "sa" && isText(agent, MAX_NAME)) {
    return { role, agentId: (await edge.control.registry.find(principal, agent)).agent.agentId };
  }
  throw invalidParams([{ field: "role", description: 'must be "cp", or "sa" with the agent\'s name' }]);
}
