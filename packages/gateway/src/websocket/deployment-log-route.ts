import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { send, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { eventDataOf } from "../platform/deployment-json.ts";
import { CloseCode } from "./server-socket.ts";
import { acceptSocket } from "./upgrade.ts";

export const LOG_SUBPROTOCOL = "berth.log.v1";
/** Nothing is expected from the client. */
const MAX_PAYLOAD_BYTES = 4 * 1024;
const POLICY = "deployment.read";

/** A page of lines as JSON or text; as a WebSocket what the route's SSE sister tells. */
export function deploymentLogRoute(edge: Edge): PlatformRoute {
  return {
    method: "GET",
    path: "/v1/deployments/{id}/log",
    policy: POLICY,
    summary: "Lines of its log. As a WebSocket: its steps and log as they happen; the last message is `done`",
    query: [
      { name: "after", description: "Only what comes after this seq.", type: "integer" },
      { name: "limit", description: "1 to 1,000, default 500; not of a WebSocket.", type: "integer" },
    ],
    webSocket: true,
    handle: async (exchange) => {
      if (exchange.upgrade === undefined) await sendLines(edge, exchange);
      else await follow(edge, exchange);
    },
  };
}

async function sendLines(edge: Edge, exchange: Exchange): Promise<void> {
  const limit = exchange.integer("limit", { min: 1, max: 1_000 }) ?? 500;
  const page = { after: afterOf(exchange), limit };
  const lines = await edge.control.deploys.lines(exchange.principal, exchange.param("id"), page);
  const last = lines.length === limit ? lines.at(-1)?.seq : undefined;
  if ((exchange.header("accept") ?? "").startsWith("text/plain")) {
    const next = last === undefined ? {} : { headers: { "Berth-Next-After": String(last) } };
    const text = lines.map((line) => `${line.text}\n`).join("");
    send(exchange, text, { contentType: "text/plain; charset=utf-8", ...next });
    return;
  }
  sendJson(exchange, { lines, ...(last === undefined ? {} : { nextAfter: last }) });
}

function afterOf(exchange: Exchange): number {
  return exchange.integer("after", { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0;
}

async function follow(edge: Edge, exchange: Exchange): Promise<void> {
  const { deploys } = edge.control;
  const { principal } = exchange;
  const id = exchange.param("id");
  const after = afterOf(exchange);
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
