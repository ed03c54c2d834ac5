import { invalidParams } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readBody, readJson } from "../edge/read-body.ts";
import { send, sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { isText, membersOf } from "./body.ts";

/** A proof of 63 hashes and a note. */
const MAX_SUBMISSION = 65_536;
const MAX_TEXT = 2_048;

export function witnessRoutes(edge: Edge): readonly PlatformRoute[] {
  const { witnesses } = edge.control;
  return [
    {
      method: "POST",
      path: "/ledger/witness/add-checkpoint",
      policy: "none",
      summary: "Cosign that a log which is known here has only grown (C2SP tlog-witness)",
      body: "text/plain",
      answers: "text/plain",
      handle: async (exchange) => {
        const body = await readBody(exchange.req, MAX_SUBMISSION);
        const { status, text } = await witnesses.addCheckpoint(body.toString("utf8"));
        if (status === 400) throw invalidParams([{ field: "body", description: text.trim() }]);
        const contentType = status === 409 ? "text/x.tlog.size" : "text/plain; charset=utf-8";
        send(exchange, text, { status, contentType });
      },
    },
    {
      method: "GET",
      path: "/v1/ledger/witness/logs",
      policy: "ledger_key.manage",
      summary: "Logs that are cosigned here, and this platform's key as a witness",
      handle: async (exchange) => {
        const logs = await witnesses.logs(exchange.principal);
        sendJson(exchange, { vkey: witnesses.vkey, logs: logs.map((log) => ({ ...log })) });
      },
    },
    {
      method: "POST",
      path: "/v1/ledger/witness/logs",
      policy: "ledger_key.manage",
      summary: "Cosign a log from now on",
      body: "application/json",
      handle: async (exchange) => {
        const [vkey] = await textsOf(edge, exchange, ["vkey"]);
        sendJson(exchange, await witnesses.addLog(exchange.principal, vkey ?? ""), { status: 201 });
      },
    },
    {
      method: "POST",
      path: "/v1/ledger/witness/logs/remove",
      policy: "ledger_key.manage",
      summary: "Cosign a log no more",
      body: "application/json",
      handle: async (exchange) => {
        const [origin] = await textsOf(edge, exchange, ["origin"]);
        await witnesses.removeLog(exchange.principal, origin ?? "");
        sendEmpty(exchange);
      },
    },
    {
      method: "GET",
      path: "/v1/ledger/witnesses",
      policy: "ledger_key.manage",
      summary: "Witnesses that are asked to cosign this log",
      handle: async (exchange) => {
        const peers = await witnesses.peers(exchange.principal);
        sendJson(exchange, { witnesses: peers.map((peer) => ({ ...peer })), witnessedSize: witnesses.witnessedSize() });
      },
    },
    {
      method: "POST",
      path: "/v1/ledger/witnesses",
      policy: "ledger_key.manage",
      summary: "Ask a witness to cosign every new checkpoint",
      body: "application/json",
      handle: async (exchange) => {
        const [vkey = "", url = ""] = await textsOf(edge, exchange, ["vkey", "url"]);
        await witnesses.addPeer(exchange.principal, { vkey, url });
        sendJson(exchange, { vkey, url }, { status: 201 });
      },
    },
    {
      method: "POST",
      path: "/v1/ledger/witnesses/remove",
      policy: "ledger_key.manage",
      summary: "Ask a witness no more",
      body: "application/json",
      handle: async (exchange) => {
        const [vkey] = await textsOf(edge, exchange, ["vkey"]);
        await witnesses.removePeer(exchange.principal, vkey ?? "");
        sendEmpty(exchange);
      },
    },
  ];
}

/** @throws INVALID_PARAMS */
async function textsOf(edge: Edge, exchange: Exchange, names: readonly string[]): Promise<readonly string[]> {
  const body = membersOf(await readJson(exchange, edge.limits));
  return names.map((field) => {
    const value = body[field];
    if (isText(value, MAX_TEXT)) return value;
    throw invalidParams([{ field, description: `must be text of at most ${MAX_TEXT} characters` }]);
  });
}
