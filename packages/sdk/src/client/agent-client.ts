import { PlatformError } from "@berth/protocol";
import type {
  AgentCard,
  GetTaskRequest,
  JsonValue,
  ListTasksRequest,
  ListTasksResponse,
  SendMessageRequest,
  SendMessageResponse,
  StreamResponse,
  Task,
} from "@berth/protocol";
import { openAgentStream } from "./agent-stream.ts";
import type { StreamOptions } from "./agent-stream.ts";
import type { CallOptions, ClientOptions } from "./call-options.ts";
import { createHttp } from "./http.ts";
import { jsonRpcCall, jsonRpcResult } from "./json-rpc.ts";
import type { InvokeResult } from "./platform-types.ts";

/** One agent over A2A 1.0 JSON-RPC. */
export interface AgentClient {
  readonly url: string;
  card(options?: CallOptions): Promise<AgentCard>;
  /** Waits for the end of the turn unless `configuration.returnImmediately`. Default timeout: 10 minutes. */
  send(request: SendMessageRequest, options?: CallOptions): Promise<SendMessageResponse>;
  /** A connection that drops is taken up again with Last-Event-ID, so no frame is lost or seen twice. */
  stream(request: SendMessageRequest, options?: StreamOptions): AsyncIterable<StreamResponse>;
  /** The task first, then its updates; with `lastEventId` what came after it. */
  subscribe(taskId: string, options?: StreamOptions & { readonly lastEventId?: string }): AsyncIterable<StreamResponse>;
  get(taskId: string, options?: CallOptions & Pick<GetTaskRequest, "historyLength">): Promise<Task>;
  list(request?: ListTasksRequest, options?: CallOptions): Promise<ListTasksResponse>;
  cancel(taskId: string, options?: CallOptions): Promise<Task>;
  /** The platform's `/invoke/{skill}`; only behind a platform. */
  invoke(
    skill: string,
    input: JsonValue,
    options?: CallOptions & { readonly idempotencyKey?: string },
  ): Promise<InvokeResult>;
}

export type AgentClientOptions = ClientOptions;

/** A blocking send lasts as long as the agent's turn does. */
const SEND_TIMEOUT_MS = 600_000;

/** Also speaks to an agent that runs alone: give it the agent's own address. */
export function createAgentClient(options: AgentClientOptions): AgentClient {
  const http = createHttp(options);
  const call = async <T>(method: string, params: unknown, callOptions?: CallOptions): Promise<T> =>
    // A2A 1.0 fixes the result's type per method; the platform validates what agents answer.
    jsonRpcResult(await http.json(jsonRpcCall(method, params), callOptions)) as T;

  return {
    url: http.url,
    card: async (callOptions) => {
      const request = {
        method: "GET",
        path: ".well-known/agent-card.json",
        headers: { "a2a-version": "1.0" },
      } as const;
      const card = await http.json(request, callOptions);
      if (typeof card !== "object" || card === null)
        throw new PlatformError("CARD_INVALID", "The card is not an object.");
      // Only the outermost shape is checked: a card is shown or compared here, never trusted.
      return card as AgentCard;
    },
    send: (request, callOptions) => call("SendMessage", request, { timeoutMs: SEND_TIMEOUT_MS, ...callOptions }),
    stream: (request, streamOptions) => openAgentStream(http, { request }, streamOptions),
    subscribe: (taskId, { lastEventId, ...streamOptions } = {}) =>
      openAgentStream(http, { taskId, ...(lastEventId === undefined ? {} : { lastEventId }) }, streamOptions),
    get: (taskId, { historyLength, ...callOptions } = {}) =>
      call("GetTask", { id: taskId, ...(historyLength === undefined ? {} : { historyLength }) }, callOptions),
    list: (request = {}, callOptions) => call("ListTasks", request, callOptions),
    cancel: (taskId, callOptions) => call("CancelTask", { id: taskId }, callOptions),
    invoke: (skill, input, { idempotencyKey, ...callOptions } = {}) =>
      // As above: the platform's documented answer.
      http.json(
        {
          method: "POST",
          path: `invoke/${encodeURIComponent(skill)}`,
          json: input,
          headers: { "idempotency-key": idempotencyKey },
        },
        { timeoutMs: SEND_TIMEOUT_MS, ...callOptions },
      ) as Promise<InvokeResult>,
  };
}
