export interface ClientOptions {
  /** Such as `http://127.0.0.1:4100`. */
  readonly url: string;
  /** An API key, sent as a bearer token. */
  readonly token?: string;
  /** Default: the global one. */
  readonly fetch?: typeof fetch;
  /** For calls that name none; default 30,000. Streams: the longest silence before a reconnect. */
  readonly timeoutMs?: number;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}
