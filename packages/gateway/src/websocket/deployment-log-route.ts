import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { toPlatformError } from "../edge/render-error.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { eventDataOf } from "../platform/deployment-routes.ts";
import { CloseCode } from "./server-socket.ts";
import { acceptSocket } from "./upgrade.ts";

export const LOG_SUBPROTOCOL = "berth.log.v1";
/** Nothing is expected from the client. */
const MAX_PAYLOAD_BYTES = 4 * 1024;
const POLICY = "deployment.read";

/** What the route's SSE sister tells, for whoever prefers a WebSocket. */
export function deploymentLogRoute(edge: Edge): PlatformRoute {
  return {
    method: "GET",
    path: "/v1/deployments/{id}/log",
    policy: POLICY,
    summary: "WebSocket: its steps and log as they happen, from `after` on; the last message is `done`",
    query: [{ name: "after", description: "Only what comes after this seq.", type: "integer" }],
    status: 101,
    stream: true,
    webSocket: true,
    handle: async (exchange) => await follow(edge, exchange),
  };
}

async function follow(edge: Edge, exchange: Exchange): Promise<void> {
  const { deploys } = edge.control;
  const { principal } = exchange;
  const id = exchange.param("id");
  const after = exchange.integer("after", { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0;
  await deploys.get(principal, id);
  const options = { policy: POLICY, protocol: LOG_SUBPROTOCOL, maxPayloadBytes: MAX_PAYLOAD_BYTES } as const;
  const socket = await acceptSocket(edge, exchange, options);
  try {
    for await (const event of deploys.follow(principal, id, { after, signal: socket.signal })) {
      const message = JSON.stringify({ seq: event.seq, kind: event.kind, data: eventDataOf(event) });
      if (!socket.send(message)) await socket.drained();
    }
    socket.close(CloseCode.Normal, "");
  } catch (thrown) {
    if (socket.signal.aborted) return;
    const { reason, message } = toPlatformError(thrown, exchange, edge.log);
    socket.send(JSON.stringify({ kind: "error", data: { reason, message } }));
    socket.close(CloseCode.Internal, message);
  }
}
