import type { AgentCard, ListTasksResponse, SendMessageResponse, SequencedFrame, Task } from "@berth/protocol";

/** An agent's address and who calls it. */
export interface Target {
  /** Without a slash at its end. */
  readonly base: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to every request's address. */
  readonly query?: Readonly<Record<string, string>>;
}

/**
 * A2A as one binding and version speaks it. Requests are `object`, not their types, so that invalid ones can be sent;
 * they and the answers have the shapes of A2A 1.0 whatever goes over the wire. Every method rejects with a
 * `BindingFailure` when the platform refuses.
 */
export interface BindingClient {
  send(request: object): Promise<SendMessageResponse>;
  stream(request: object): Promise<FrameStream>;
  get(request: { readonly id: string; readonly historyLength?: number }): Promise<Task>;
  list(request: object): Promise<ListTasksResponse>;
  cancel(request: { readonly id: string }): Promise<Task>;
  /** `after`: the sequence number of the last frame that was seen. */
  subscribe(request: { readonly id: string; readonly after?: number | string }): Promise<FrameStream>;
  extendedCard(): Promise<AgentCard>;
}

/** A stream that is open: the first answer was a stream and not a refusal. Leave it by `break` or `close`. */
export interface FrameStream extends AsyncIterable<SequencedFrame> {
  close(): void;
}

export interface Binding {
  /** As cards name it. */
  readonly name: "JSONRPC" | "HTTP+JSON";
  readonly version: "1.0" | "0.3";
  open(target: Target): BindingClient;
}
