import type { SendMessageRequest, StreamResponse } from "@berth/protocol";

/** One HTTP request to an agent. */
export interface AgentRequest {
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly headers: { readonly [name: string]: string };
  readonly body?: string;
}

/** How one agent wants to be spoken to: binding, protocol version, path. Everything else is the same for all of them. */
export interface AgentWire {
  /** False: `send` is answered once, with a task or a message, and a task that still runs has to be asked for. */
  readonly streaming: boolean;
  /** Streams are JSON line by line, not events. One that ends without a line was answered by somebody who is not up yet. */
  readonly lines?: true;
  /** `extensions`: what the caller asked for, as URIs. */
  send(request: SendMessageRequest, extensions?: readonly string[]): AgentRequest;
  /** A message for the turn that runs: answered once, with a task, when the agent has read it. */
  steer(request: SendMessageRequest): AgentRequest;
  get(taskId: string): AgentRequest;
  cancel(taskId: string): AgentRequest;
  /** The stream of a task that runs already. */
  subscribe(taskId: string): AgentRequest;
  /**
   * One event of a stream or the whole answer to `send`, as parsed JSON.
   * @throws PlatformError AGENT_ERROR when it says that the agent failed, INVALID_AGENT_RESPONSE when it fits nothing.
   */
  frame(value: unknown): StreamResponse;
  /** The answer to `get`, as a frame. Throws as `frame` does. */
  task(value: unknown): StreamResponse;
  /** Asks for the card, where that is not a file. `card` reads the answer. */
  readonly askCard?: { readonly request: AgentRequest; readonly card: (value: unknown) => unknown };
}

/** None when nothing is asked for. */
export function extensionHeader(
  name: "a2a-extensions" | "x-a2a-extensions",
  uris: readonly string[],
): { readonly [name: string]: string } {
  return uris.length === 0 ? {} : { [name]: uris.join(",") };
}
