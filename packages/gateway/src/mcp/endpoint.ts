import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { answerableId, parseRpcRequest } from "../a2a/rpc-request.ts";
import type { RpcId } from "../a2a/render-error.ts";
import type { Exchange } from "../edge/exchange.ts";
import { assertOwnOrigin } from "../edge/origin.ts";
import { readJson } from "../edge/read-body.ts";
import { errorHeaders, toPlatformError } from "../edge/render-error.ts";
import { send, sendEmpty, sendJson } from "../edge/respond.ts";
import { Answer } from "./answer.ts";
import { isJsonObject, objectAt } from "./json.ts";
import { listen } from "./listen.ts";
import type { McpCall, McpHouse } from "./mcp-call.ts";
import { toMcpRequest } from "./mcp-request.ts";
import { beginMethodSpan } from "./method-span.ts";
import { MCP_METHODS } from "./methods.ts";
import type { McpMethod } from "./methods.ts";
import { renderMcpError } from "./render-error.ts";
import { Meta } from "./revision.ts";
import type { Era } from "./revision.ts";
import { cancelInFlight } from "./run-task.ts";
import { beginSession, sessionOf } from "./session.ts";
import type { Surface } from "./surface.ts";
import { takeAnswer } from "./take-answer.ts";

/** `POST` of an MCP server, in both eras. Always answers in JSON-RPC, whatever goes wrong. */
export async function handleMcp(house: McpHouse, exchange: Exchange, surface: Surface): Promise<void> {
  const { edge, sealer } = house;
  const answer = new Answer(edge, exchange);
  let id: RpcId = null;
  let era: Era | undefined;
  try {
    assertOwnOrigin(exchange, edge.hosts);
    const body = await readJson(exchange, edge.limits);
    id = answerableId(body);
    if (isResponse(body)) {
      await takeAnswer(house, exchange, body);
      return sendEmpty(exchange, { status: 202 });
    }
    const rpc = parseRpcRequest(body);
    const said = toMcpRequest(exchange, rpc);
    ({ era } = said);
    // 2026 has no sessions; a header that a client still sends means nothing there.
    const hasSession = era === "legacy" && said.method !== "initialize";
    const session = hasSession ? sessionOf(sealer, exchange) : undefined;
    const request =
      session === undefined
        ? said
        : { ...said, capabilities: session.capabilities, logLevel: house.notes.logLevelOf(session.key) };
    await serve({ ...house, exchange, surface, request, session: session?.key, answer });
  } catch (thrown) {
    const error = toPlatformError(thrown, exchange, edge.log);
    const { status, contentType, body } = renderMcpError(error, exchange, id, era);
    const text = JSON.stringify(body);
    answer.end(text, () => send(exchange, text, { status, contentType, headers: errorHeaders(error, exchange) }));
  }
}

async function serve(call: McpCall): Promise<void> {
  const { exchange, request, answer, sealer } = call;
  if (request.id === undefined) {
    if (request.method === "notifications/cancelled" && request.era === "legacy") {
      cancelInFlight(call, request.params["requestId"]);
    }
    return sendEmpty(exchange, { status: 202 });
  }
  if (request.method === "subscriptions/listen" && request.era === "modern") return await listen(call);
  const method = methodOf(call);
  beginMethodSpan(call);
  const result = await method.run(call);
  if (result === undefined) return answer.abandon();
  const response = { jsonrpc: "2.0", id: request.id, result: await toResult(call, method, result) };
  const isBeginning = request.method === "initialize";
  const session = isBeginning
    ? beginSession(sealer, exchange, objectAt(request.params, "capabilities") ?? {})
    : undefined;
  const headers = session === undefined ? {} : { "Mcp-Session-Id": session };
  answer.end(JSON.stringify(response), () => sendJson(exchange, response, { headers }));
}

/** @throws METHOD_NOT_FOUND */
function methodOf({ request }: McpCall): McpMethod {
  const method = MCP_METHODS.get(request.method);
  if (method !== undefined && (method.era === undefined || method.era === request.era)) return method;
  throw new PlatformError("METHOD_NOT_FOUND", `There is no method "${request.method.slice(0, 100)}".`);
}

/** What 2026 wants in every result: what kind it is, who says it, and how long it holds. */
async function toResult({ surface, request }: McpCall, { ttlMs }: McpMethod, result: object): Promise<object> {
  if (request.era === "legacy") return result;
  return {
    resultType: "complete",
    ...(ttlMs === undefined ? {} : { ttlMs, cacheScope: "private" }),
    ...result,
    _meta: { [Meta.ServerInfo]: await surface.title() },
  };
}

/** An answer to something that we asked. */
function isResponse(body: unknown): body is JsonObject {
  return isJsonObject(body) && !("method" in body) && ("result" in body || "error" in body);
}
