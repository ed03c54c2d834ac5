import { once } from "node:events";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { queryOf } from "./telemetry-query.ts";

const PAGE = 1_000;
const MOST = 100_000;

/** Newest first, page by page at the reader's speed: what is written is never all in memory. */
export async function downloadLogs({ control }: Edge, exchange: Exchange): Promise<void> {
  const { res, principal, closed, requestId } = exchange;
  const query = queryOf(exchange);
  const limit = exchange.integer("limit", { min: 1, max: MOST }) ?? MOST;
  let beforeId = exchange.integer("before", { min: 0, max: Number.MAX_SAFE_INTEGER });
  for (let left = limit; left > 0 && !closed.aborted;) {
    const size = Math.min(left, PAGE);
    const page = { limit: size, order: "newest", ...(beforeId === undefined ? {} : { beforeId }) } as const;
    const logs = await control.telemetry.searchLogs(principal, query, page);
    if (!res.headersSent) {
      res.writeHead(200, {
        "Content-Type": "application/x-ndjson",
        "Content-Disposition": 'attachment; filename="logs.ndjson"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
        "X-Request-Id": requestId,
      });
    }
    const text = logs.map((log) => `${JSON.stringify(log)}\n`).join("");
    if (text !== "" && !res.write(text) && !closed.aborted)
      await Promise.race([once(res, "drain"), once(res, "close")]);
    beforeId = logs.at(-1)?.id;
    left -= logs.length;
    if (logs.length < size || beforeId === undefined) break;
  }
  res.end();
}
