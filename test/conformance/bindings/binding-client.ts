import type {
  AgentCard,
  ListTasksResponse,
  SendMessageResponse,
  SequencedFrame,
  Task,
  TaskPushNotificationConfig,
} from "@berth/protocol";

/** An agent's address and who calls it. */
export interface Target {
  /** Without a slash at its end. */
  readonly base: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Added to every request's address. */
  readonly query?: Readonly<Record<string, string>>;
  /** The address of gRPC as cards have it, and the agent that is meant there. */
  readonly grpc: { readonly address: string; readonly agent: string };
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

/**
 * A stream that is open: the first answer was a stream and not a refusal. Leave it by `break` or `close`. Over gRPC
 * frames have no numbers: theirs are NaN.
 */
export interface FrameStream extends AsyncIterable<SequencedFrame> {
  close(): void;
}

export interface Binding {
  /** As cards name it. */
  readonly name: "JSONRPC" | "HTTP+JSON" | "GRPC";
  readonly version: "1.0" | "0.3";
  open(target: Target): BindingClient;
}

/** The operations about webhooks, in 1.0: as `BindingClient`. */
export interface PushClient {
  create(config: object): Promise<TaskPushNotificationConfig>;
  get(key: PushKey): Promise<TaskPushNotificationConfig>;
  list(request: { readonly taskId: string }): Promise<readonly TaskPushNotificationConfig[]>;
  remove(key: PushKey): Promise<void>;
}

export interface PushKey {
  readonly taskId: string;
  readonly id: string;
}

export interface BindingV1 extends Binding {
  readonly version: "1.0";
  openPush(target: Target): PushClient;
}
