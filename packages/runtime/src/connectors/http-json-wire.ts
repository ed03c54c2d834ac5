import { parseStreamResponse } from "@berth/protocol";
import type { SendMessageRequest, StreamResponse } from "@berth/protocol";
import { agentError, invalidResponse, isObject } from "./agent-errors.ts";
import { extensionHeader } from "./agent-wire.ts";
import type { AgentRequest, AgentWire } from "./agent-wire.ts";

export interface HttpJsonOptions {
  /** Without a slash at its end. */
  readonly basePath: string;
  readonly streaming: boolean;
  readonly tenant?: string | undefined;
}

/** HTTP+JSON of A2A 1.0 (§11). */
export function httpJsonWire({ basePath, streaming, tenant }: HttpJsonOptions): AgentWire {
  const base = tenant === undefined ? basePath : `${basePath}/${encodeURIComponent(tenant)}`;
  const post = (path: string, body: object, extensions: readonly string[] = []): AgentRequest => ({
    method: "POST",
    path: `${base}${path}`,
    // 1.0.1 prefers application/a2a+json; servers written for 1.0.0 parse only this one.
    headers: { ...HEADERS, ...extensionHeader("a2a-extensions", extensions), "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  return {
    streaming,
    send: (request: SendMessageRequest, extensions) =>
      post(streaming ? "/message:stream" : "/message:send", request, extensions),
    steer: (request) => post("/message:send", request),
    get: (id) => ({ method: "GET", path: `${base}/tasks/${encodeURIComponent(id)}`, headers: HEADERS }),
    cancel: (id) => post(`/tasks/${encodeURIComponent(id)}:cancel`, {}),
    subscribe: (id) => ({ method: "GET", path: `${base}/tasks/${encodeURIComponent(id)}:subscribe`, headers: HEADERS }),
    frame: (value) => parsed(value, value),
    task: (value) => parsed(value, { task: value }),
  };
}

const HEADERS = { "a2a-version": "1.0", accept: "application/a2a+json, application/json, text/event-stream" } as const;

function parsed(answer: unknown, frame: unknown): StreamResponse {
  if (isObject(answer) && isObject(answer["error"])) throw agentError(answer["error"]);
  try {
    return parseStreamResponse(frame);
  } catch (error) {
    throw invalidResponse(error);
  }
}
