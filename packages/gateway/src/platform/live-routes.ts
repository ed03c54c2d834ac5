import { PlatformError } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readJson } from "../edge/read-body.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { parseLiveRequest } from "../live/live-request.ts";
import { LiveStream } from "../live/live-stream.ts";

/** A browser has one for all its tabs, a terminal one for what it shows. */
const STREAMS_PER_PRINCIPAL = 32;
/** Then the reader comes back with its credential as it is by then. */
const MAX_AGE_MS = 3_600_000;

/**
 * Everything that a screen follows, in one answer: browsers allow six connections to a host. Read with `fetch`, because
 * what is followed is in the body.
 */
export function liveRoute(edge: Edge): PlatformRoute {
  const open = new Map<string, number>();
  return {
    method: "POST",
    path: "/v1/live",
    policy: "key",
    summary: "Follow several things in one event stream: tasks, logs, spans, approvals, deployments",
    body: "application/json",
    answers: "text/event-stream",
    stream: true,
    rate: "read",
    handle: async (exchange) => {
      const topics = parseLiveRequest(await readJson(exchange, edge.limits));
      using _place = takePlace(open, exchange);
      const stream = edge.streams.open(exchange);
      const timer = setTimeout(() => stream.end(), MAX_AGE_MS);
      try {
        await new LiveStream(edge, exchange, stream).run(topics);
      } finally {
        clearTimeout(timer);
        stream.end();
      }
    },
  };
}

/** @throws TOO_MANY_STREAMS */
function takePlace(open: Map<string, number>, { principal: { orgId, id } }: Exchange): Disposable {
  const key = `${orgId} ${id}`;
  const count = open.get(key) ?? 0;
  if (count >= STREAMS_PER_PRINCIPAL) {
    throw new PlatformError(
      "TOO_MANY_STREAMS",
      `${STREAMS_PER_PRINCIPAL} live streams are open for you, which is the most.`,
      {
        hint: "Follow several topics in one.",
        retryable: true,
      },
    );
  }
  open.set(key, count + 1);
  return {
    [Symbol.dispose]: () => {
      const left = (open.get(key) ?? 1) - 1;
      if (left > 0) open.set(key, left);
      else open.delete(key);
    },
  };
}
