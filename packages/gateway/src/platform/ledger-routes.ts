import { PlatformError } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { send, sendCached } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";

/** The public log (C2SP tlog-tiles): anyone may check it, so nothing here asks who reads. */
export function ledgerRoutes(edge: Edge): readonly PlatformRoute[] {
  const { receipts } = edge.control;
  return [
    {
      method: "GET",
      path: "/ledger/checkpoint",
      policy: "none",
      summary: "The log's signed head",
      answers: "text/plain",
      handle: async (exchange) => {
        const checkpoint = await receipts.checkpoint();
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
