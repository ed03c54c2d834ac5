import type { IncomingMessage, ServerResponse } from "node:http";
import { PlatformError } from "@berth/protocol";
import type { AgentService } from "./agent-service.ts";
import { LINES } from "./event-writer.ts";
import { closedSignal, sendJson } from "./http-response.ts";
import { answerJsonRpc, rpcFailure } from "./json-rpc.ts";
import { readJson } from "./read-body.ts";

/** Path by the method of its class that the runtime calls there. */
const METHODS: Readonly<Record<string, string>> = {
  "/api/reasoning_engine": "query",
  "/api/stream_reasoning_engine": "stream_query",
};

export function isReasoningEnginePath(path: string): boolean {
  return Object.hasOwn(METHODS, path);
}

/**
 * The container contract of Vertex AI's Agent Engine: `{class_method, input}`, where the input is a JSON-RPC request of
 * A2A. `query` is answered with `{output}`, `stream_query` with a JSON-RPC response per line. Leads to where `POST /`
 * leads, so it opens nothing that was not open.
 */
export async function handleReasoningEngine(
  service: AgentService,
  request: IncomingMessage,
  response: ServerResponse,
  path: string,
): Promise<void> {
  const streams = path === "/api/stream_reasoning_engine";
  const answer = (body: object): void => sendJson(response, { body: streams ? body : { output: body } });
  let input: unknown;
  try {
    input = inputOf(await readJson(request), METHODS[path]);
  } catch (error) {
    return answer(rpcFailure(null, error));
  }
  await answerJsonRpc(service, input, {
    response,
    signal: closedSignal(response),
    answer,
    ...(streams ? { format: LINES } : {}),
    // Its interface forwards no files, so the card is asked for.
    card: () => service.card(),
  });
}

function inputOf(body: unknown, method: string | undefined): unknown {
  const isCall = typeof body === "object" && body !== null && "class_method" in body && "input" in body;
  if (isCall && body.class_method === method) return body.input;
  throw new PlatformError("INVALID_REQUEST", `The body must be {"class_method": "${method}", "input": {...}}.`);
}
