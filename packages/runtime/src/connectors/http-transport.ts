import type { Dispatcher } from "undici";
import { PlatformError, isPlatformError } from "@berth/protocol";
import { abortError } from "../pool/abort-error.ts";
import type { Timers } from "../pool/timers.ts";
import type { FreshHeaders } from "../sandbox-driver.ts";
import type { AgentRequest } from "./agent-wire.ts";
import { AgainWhenUnauthorized } from "./again-when-unauthorized.ts";
import { TurnInbox } from "./turn-inbox.ts";

const HEADERS_TIMEOUT_MS = 60_000;
/** Whole answers: cards, tasks, JSON instead of a stream. */
export const MAX_ANSWER_BYTES: number = 16 * 1024 * 1024;

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

export interface HttpTransportOptions {
  readonly dispatcher: Pick<Dispatcher, "dispatch">;
  /** Where all requests go, whatever an agent answers. Not needed by a dispatcher that knows only one place. */
  readonly origin?: string;
  /** Added to every request. */
  readonly headers?: { readonly [name: string]: string };
  /** Besides: asked for before each request, and once more when the agent refuses those it gave. */
  readonly freshHeaders?: FreshHeaders | undefined;
  /** Silence within an answer after which the connection counts as lost; 0: never. */
  readonly bodyTimeoutMs: number;
  readonly timers: Timers;
  /** The agent is there and says nothing: `what` continues "the agent …". */
  readonly unresponsive: (what: string, cause?: unknown) => PlatformError;
  /** Why a connection broke, where somebody knows better than the connection does. */
  readonly explain?: (error: unknown) => Promise<PlatformError | undefined>;
}

/** HTTP with one agent, wherever it is: over its socket or over the network. Follows no redirects. */
export class HttpTransport {
  readonly #options: HttpTransportOptions;

  constructor(options: HttpTransportOptions) {
    this.#options = options;
  }

  /** Sends; everything that comes back goes to the inbox. `patient`: the answer's head may take as long as the turn. */
  dispatch(request: AgentRequest, inbox: TurnInbox, { patient = false }: { readonly patient?: boolean } = {}): void {
    const { freshHeaders } = this.#options;
    if (freshHeaders === undefined) return this.#send(request, { inbox, patient });
    const failed = (error: unknown): void => inbox.fail(error);
    const again = (): void => {
      freshHeaders({ renew: true }).then((fresh) => this.#send(request, { inbox, patient, fresh }), failed);
    };
    freshHeaders({ renew: false }).then((fresh) => this.#send(request, { inbox, patient, fresh, again }), failed);
  }

  #send(
    { method, path, headers, body }: AgentRequest,
    {
      inbox,
      patient,
      fresh,
      again,
    }: {
      readonly inbox: TurnInbox;
      readonly patient: boolean;
      readonly fresh?: { readonly [name: string]: string };
      readonly again?: () => void;
    },
  ): void {
    const { dispatcher, origin, bodyTimeoutMs } = this.#options;
    try {
      dispatcher.dispatch(
        {
          method,
          path,
          headers: { ...headers, ...this.#options.headers, ...fresh },
          body: body ?? null,
          headersTimeout: patient ? 0 : HEADERS_TIMEOUT_MS,
          bodyTimeout: bodyTimeoutMs,
          ...(origin === undefined ? {} : { origin }),
        },
        again === undefined ? inbox : new AgainWhenUnauthorized(inbox, again),
      );
    } catch (error) {
      inbox.fail(error);
    }
  }

  /** One whole answer, within `timeoutMs`; `patient`: its head too may take that long. @throws PlatformError AGENT_*, INVALID_AGENT_RESPONSE, the signal's reason. */
  async request(
    request: AgentRequest,
    {
      timeoutMs,
      signal,
      patient = false,
    }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined; readonly patient?: boolean },
  ): Promise<Answer> {
    const { timers, unresponsive } = this.#options;
    const inbox = new TurnInbox();
    const late = unresponsive(`did not answer ${request.path} within ${timeoutMs / 1_000} s`);
    const cancel = timers.after(timeoutMs, () => inbox.fail(late));
    const onAbort = (): void => inbox.fail(abortError(signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal?.aborted === true) onAbort();
      this.dispatch(request, inbox, { patient });
      return await this.#readAnswer(inbox);
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** Why a connection broke, seen from the agent where that is known. */
  async failure(error: unknown): Promise<PlatformError> {
    const { explain, unresponsive } = this.#options;
    if (isPlatformError(error)) return error;
    const code = errorCode(error);
    if (code === "UND_ERR_HEADERS_TIMEOUT") {
      return unresponsive(`did not begin to answer within ${HEADERS_TIMEOUT_MS / 1_000} s`, error);
    }
    const explained = await explain?.(error);
    if (explained !== undefined) return explained;
    if (code?.startsWith("HPE_") === true) {
      return new PlatformError("INVALID_AGENT_RESPONSE", "The agent's answer is not valid HTTP.", { cause: error });
    }
    if (code !== undefined && NEVER_CONNECTED.has(code)) return unresponsive(`cannot be reached (${code})`, error);
    return unresponsive("closed the connection before its answer was complete", error);
  }

  async #readAnswer(inbox: TurnInbox): Promise<Answer> {
    const chunks: Buffer[] = [];
    let status = 0;
    let size = 0;
    for (;;) {
      const item = await inbox.next();
      switch (item.kind) {
        case "head":
          status = item.status;
          break;
        case "chunk":
          size += item.chunk.length;
          if (size > MAX_ANSWER_BYTES) {
            const tooLarge = answerTooLarge();
            inbox.fail(tooLarge);
            throw tooLarge;
          }
          chunks.push(item.chunk);
          break;
        case "end":
          return { status, body: Buffer.concat(chunks) };
        case "failed":
          throw await this.failure(item.error);
        case "egress":
          break;
      }
    }
  }
}

const NEVER_CONNECTED: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
]);

export function answerTooLarge(): PlatformError {
  return new PlatformError("INVALID_AGENT_RESPONSE", "The agent's answer is larger than 16 MiB.");
}

function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
