/** The part of every generated client that does not depend on the agent. It stands alone: no imports, only `fetch`. */
export const CLIENT_RUNTIME: string = `export interface ClientOptions {
  /** Where the agent is; default: where it was when this file was generated. */
  readonly url?: string | undefined;
  /** An API key. */
  readonly token?: string | undefined;
  readonly fetch?: typeof globalThis.fetch | undefined;
}

export interface CallOptions {
  /** Ends the waiting. The run itself goes on. */
  readonly signal?: AbortSignal | undefined;
  /** The same key is the same run, however often it is sent. Default: a new one. */
  readonly idempotencyKey?: string | undefined;
  /** Answers the question of this task. */
  readonly taskId?: string | undefined;
  /** Stays in this conversation. */
  readonly contextId?: string | undefined;
}

export interface RunResult<Output> {
  readonly taskId: string;
  readonly contextId: string;
  readonly state: string;
  readonly output: Output | null;
  readonly artifacts: readonly unknown[];
  readonly receiptId: string | null;
  readonly message?: { readonly parts: readonly { readonly text?: string }[] };
}

export type RunEvent<Output> =
  | { readonly kind: "frame"; readonly seq: number; readonly frame: unknown }
  | { readonly kind: "result"; readonly result: RunResult<Output> };

/** The call was refused, or the run did not end well. */
export class AgentError extends Error {
  /** Such as SKILL_NOT_FOUND or UNAUTHENTICATED; of a run its state, such as TASK_STATE_FAILED. */
  readonly reason: string;
  /** HTTP status of a refusal. */
  readonly status: number | undefined;
  /** What there is of the run. In TASK_STATE_INPUT_REQUIRED: call again with its taskId to answer. */
  readonly result: RunResult<unknown> | undefined;

  constructor(reason: string, message: string, more: { status?: number; result?: RunResult<unknown> } = {}) {
    super(message);
    this.name = "AgentError";
    this.reason = reason;
    this.status = more.status;
    this.result = more.result;
  }
}

class Connection {
  readonly #options: ClientOptions;

  constructor(options: ClientOptions) {
    this.#options = options;
  }

  /** Waits for the run, however long it takes: under its key a repeated call is the same run. */
  async invoke<Output>(skill: string, input: unknown, options: CallOptions): Promise<Output> {
    const keyed = { ...options, idempotencyKey: options.idempotencyKey ?? crypto.randomUUID() };
    for (;;) {
      const response = await this.#send(skill, input, keyed, false);
      if (response.status !== 202) return outputOf((await response.json()) as RunResult<Output>);
      await response.body?.cancel();
      await pause(1_000, options.signal);
    }
  }

  async *stream<Output>(skill: string, input: unknown, options: CallOptions): AsyncGenerator<RunEvent<Output>, void> {
    const response = await this.#send(skill, input, options, true);
    for await (const { id, event, data } of readEvents(response)) {
      if (event === "error") {
        const { reason, detail } = data as { readonly reason: string; readonly detail: string };
        throw new AgentError(reason, detail);
      }
      if (event === "result") yield { kind: "result", result: data as RunResult<Output> };
      else yield { kind: "frame", seq: Number(id ?? 0), frame: data };
    }
  }

  async #send(skill: string, input: unknown, options: CallOptions, streams: boolean): Promise<Response> {
    const { token, fetch = globalThis.fetch, url = AGENT_URL } = this.#options;
    const query = new URLSearchParams();
    if (streams) query.set("stream", "true");
    if (options.taskId !== undefined) query.set("taskId", options.taskId);
    if (options.contextId !== undefined) query.set("contextId", options.contextId);
    const headers = new Headers({ "content-type": "application/json" });
    headers.set("accept", streams ? "text/event-stream" : "application/json");
    if (token !== undefined) headers.set("authorization", \`Bearer \${token}\`);
    if (options.idempotencyKey !== undefined) headers.set("idempotency-key", options.idempotencyKey);
    const search = query.size === 0 ? "" : \`?\${query.toString()}\`;
    const response = await fetch(\`\${url.replace(/\\/+$/, "")}/invoke/\${encodeURIComponent(skill)}\${search}\`, {
      method: "POST",
      headers,
      body: JSON.stringify(input),
      signal: options.signal ?? null,
    });
    if (!response.ok) throw await refusalOf(response);
    return response;
  }
}

function outputOf<Output>(result: RunResult<Output>): Output {
  // A skill that is done has given what its schema says, or nothing where it says nothing.
  if (result.state === "TASK_STATE_COMPLETED") return result.output as Output;
  const said = (result.message?.parts ?? []).flatMap(({ text }) => (text === undefined ? [] : [text])).join("\\n");
  throw new AgentError(result.state, said === "" ? \`The run is in \${result.state}.\` : said, { result });
}

async function refusalOf(response: Response): Promise<AgentError> {
  const problem = (await response.json().catch(() => ({}))) as { readonly reason?: string; readonly detail?: string };
  const detail = problem.detail ?? \`The platform answered \${response.status}.\`;
  return new AgentError(problem.reason ?? "HTTP_ERROR", detail, { status: response.status });
}

interface ServerSentEvent {
  readonly id: string | undefined;
  readonly event: string | undefined;
  readonly data: unknown;
}

async function* readEvents(response: Response): AsyncGenerator<ServerSentEvent, void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let waiting = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      waiting += decoder.decode(value, { stream: true });
      const blocks = waiting.split("\\n\\n");
      waiting = blocks.pop() ?? "";
      for (const block of blocks) {
        const fields = new Map(block.split("\\n").map((line) => [line.split(":", 1)[0], line.replace(/^[^:]*: ?/, "")]));
        const data = fields.get("data");
        if (data !== undefined) yield { id: fields.get("id"), event: fields.get("event"), data: JSON.parse(data) };
      }
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), reject(signal.reason)), { once: true });
  });
}
`;

/** What the generated part must not be called. */
export const CLIENT_RUNTIME_NAMES: readonly string[] = [
  "AGENT_URL",
  "AgentError",
  "CallOptions",
  "ClientOptions",
  "Connection",
  "RunEvent",
  "RunResult",
  "ServerSentEvent",
  "AbortSignal",
  "AsyncGenerator",
  "Error",
  "Headers",
  "Map",
  "Promise",
  "Response",
  "TextDecoder",
  "URLSearchParams",
];
