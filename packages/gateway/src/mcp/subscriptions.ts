import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import { assertOwnOrigin } from "../edge/origin.ts";
import { sendError } from "../edge/render-error.ts";
import { textAt } from "./json.ts";
import type { McpCall, McpHouse } from "./mcp-call.ts";
import { noSuchResource } from "./resources.ts";
import { MODERN_REVISION } from "./revision.ts";
import { sessionKeyOf, sessionOf } from "./session.ts";
import type { Surface } from "./surface.ts";
import { aborted, openWatch } from "./watch-resource.ts";

/** Resources that a session of 2025 watches: said by a request of its own, told on the stream that it opens with GET. */

/** @throws INVALID_PARAMS for what is not there, or when there are too many. */
export async function subscribe(call: McpCall): Promise<JsonObject> {
  const uri = textAt(call.request.params, "uri") ?? "";
  const session = sessionKeyOf(call);
  if ((await openWatch(call, uri)) === undefined) throw noSuchResource(uri);
  await call.notes.subscribe(session, uri);
  return {};
}

export async function unsubscribe(call: McpCall): Promise<JsonObject> {
  await call.notes.unsubscribe(sessionKeyOf(call), textAt(call.request.params, "uri") ?? "");
  return {};
}

/**
 * `GET` of an MCP server: the one stream of a session on which it hears of what it watches. 2026 has none, and without a
 * session there is nothing to tell. @throws 404 for a session that is not ours, TOO_MANY_STREAMS
 */
export async function streamChanges(house: McpHouse, exchange: Exchange, surface: Surface): Promise<void> {
  const { edge, notes, sealer } = house;
  assertOwnOrigin(exchange, edge.hosts);
  const isModern = exchange.header("mcp-protocol-version") === MODERN_REVISION;
  const session = isModern ? undefined : sessionOf(sealer, exchange);
  if (session === undefined) {
    const error = new PlatformError("METHOD_NOT_FOUND", "GET is for sessions of 2025 only; everything else is a POST.");
    return sendError(exchange, error, { form: "problem", status: 405, headers: { Allow: "POST" } });
  }
  // Whoever may not see the agent learns nothing of it here either.
  await surface.title();
  const stream = edge.streams.open(exchange);
  const watched = new Map<string, AbortController>();
  const tell = async (uri: string): Promise<void> => {
    const message = { jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri } };
    if (!stream.send({ data: JSON.stringify(message) })) await stream.drained();
  };
  const begin = async (uri: string): Promise<void> => {
    const controller = new AbortController();
    watched.set(uri, controller);
    const signal = AbortSignal.any([stream.signal, controller.signal]);
    try {
      const watch = await openWatch({ edge, exchange, surface }, uri);
      void watch?.(signal, async () => await tell(uri)).catch(() => stream.end());
    } catch {
      // A client that is cut comes back, and then it is tried again.
      stream.end();
    }
  };
  const update = async (): Promise<void> => {
    for (const [uri, controller] of watched) {
      if (uris.has(uri)) continue;
      controller.abort();
      watched.delete(uri);
    }
    await Promise.all([...uris].filter((uri) => !watched.has(uri)).map(begin));
  };
  using reader = notes.read(session.key, { update, end: () => stream.end() });
  const { uris } = reader;
  await update();
  await aborted(stream.signal);
}
