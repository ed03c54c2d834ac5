import { PlatformError } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { send, sendCached, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";

const SIZES = { min: 0, max: Number.MAX_SAFE_INTEGER };

/** The public log (C2SP tlog-tiles): anyone may check it, so nothing here asks who reads. */
export function ledgerRoutes(edge: Edge): readonly PlatformRoute[] {
  const { receipts, witnesses } = edge.control;
  return [
    {
      method: "GET",
      path: "/ledger/checkpoint",
      policy: "none",
      summary: "The log's signed head, with what witnesses have signed of it",
      answers: "text/plain",
      handle: async (exchange) => {
        const checkpoint = await witnesses.checkpoint();
        if (checkpoint === undefined) throw nothing("The log is still empty.");
        send(exchange, checkpoint, { contentType: "text/plain; charset=utf-8" });
      },
    },
    {
      method: "GET",
      path: "/ledger/keys",
      policy: "none",
      summary: "The keys that sign the log and the receipts",
      handle: (exchange) => send(exchange, receipts.keys(), { contentType: "application/json" }),
    },
    {
      method: "GET",
      path: "/ledger/consistency",
      policy: "none",
      summary: "That the log of `from` entries is the beginning of the one of `to` (RFC 6962)",
      query: [
        { name: "from", description: "A size the log had.", type: "integer" },
        { name: "to", description: "Default: its size now.", type: "integer" },
      ],
      handle: async (exchange) => {
        const from = exchange.integer("from", SIZES) ?? 0;
        const proof = await receipts.consistency(from, exchange.integer("to", SIZES));
        sendJson(exchange, { proof: proof.map((hash) => Buffer.from(hash).toString("base64")) });
      },
    },
    {
      method: "GET",
      path: "/ledger/anchors",
      policy: "none",
      summary: "Checkpoints that were shown to somebody outside, with the evidence; the newest hundred",
      handle: async (exchange) => sendJson(exchange, { anchors: await edge.control.anchors.list() }),
    },
    {
      method: "GET",
      path: "/ledger/tile/{path...}",
      policy: "none",
      summary: "A tile of hashes, or a bundle of entries",
      answers: "application/octet-stream",
      handle: async (exchange) => {
        const tile = await receipts.tile(`tile/${exchange.param("path")}`);
        if (tile === undefined) throw nothing("There is no such tile.");
        // What a tile's address names never changes, of whole tiles and of partial ones.
        sendCached(exchange, tile, {
          contentType: "application/octet-stream",
          cacheControl: "public, max-age=31536000, immutable",
        });
      },
    },
  ];
}

function nothing(message: string): PlatformError {
  return new PlatformError("ROUTE_NOT_FOUND", message);
}
