import { Pool } from "undici";
import { PlatformError, isPlatformError } from "@berth/protocol";
import { abortError } from "../pool/abort-error.ts";
import type { Timers } from "../pool/timers.ts";
import type { Instance, InstanceExit, ReleaseSpec } from "../sandbox-driver.ts";
import { exitError, unresponsive } from "./agent-errors.ts";
import type { AgentRequest } from "./agent-wire.ts";
import { TurnInbox } from "./turn-inbox.ts";

const HEADERS_TIMEOUT_MS = 60_000;
/** A broken connection is often the first sign of an exit; its reason comes when everything is cleaned up. */
const EXIT_WAIT_MS = 3_000;
/** What an instance wrote before its end may still be on its way here. */
const LAST_BYTES_MS = 1_000;
/** Whole answers: cards, tasks, JSON instead of a stream. */
export const MAX_ANSWER_BYTES: number = 16 * 1024 * 1024;

export interface Answer {
  readonly status: number;
  readonly body: Buffer;
}

/** Kept-alive connections to the socket of one instance. Ends with the instance. */
export class InstanceClient {
  #spec: ReleaseSpec;
  readonly #timers: Timers;
  readonly #pool: Pool;
  #exit: InstanceExit | undefined;
  /** Instead of a `then` on `exited` per call: those would pile up for as long as the instance lives. */
  readonly #exitListeners = new Set<(exit: InstanceExit) => void>();

  constructor(spec: ReleaseSpec, instance: Instance, timers: Timers) {
    this.#spec = spec;
    this.#timers = timers;
    // Servers like Express apps with a host check expect to be called by this name.
    this.#pool = new Pool("http://localhost", {
      socketPath: instance.socketPath,
      connections: Math.max(16, spec.scale.concurrency + 16),
      pipelining: 1,
      headersTimeout: HEADERS_TIMEOUT_MS,
      bodyTimeout: 0,
      connectTimeout: 5_000,
      // Well below the 5 s after which Node and uvicorn close idle connections: a request must not meet that.
      keepAliveTimeout: 2_000,
      keepAliveTimeoutThreshold: 2_500,
      allowH2: false,
    });
    // Without a listener undici's connection errors are only in the handlers; with none at all they stay there.
    this.#pool.on("connectionError", () => {});
    void instance.exited.then((exit) => {
      this.#exit = exit;
      for (const listener of this.#exitListeners) listener(exit);
      timers.after(LAST_BYTES_MS, () => void this.#pool.destroy().catch(() => {}));
    });
  }

  /** The same release, as its next caller knows it: an agent gets its name only after its first health check. */
  set spec(spec: ReleaseSpec) {
    this.#spec = spec;
  }

  /** Sends; everything that comes back goes to the inbox. `patient`: the answer's head may take as long as the turn. */
  dispatch(request: AgentRequest, inbox: TurnInbox, { patient = false }: { readonly patient?: boolean } = {}): void {
    const { method, path, headers, body } = request;
    try {
      this.#pool.dispatch(
        { method, path, headers, body: body ?? null, headersTimeout: patient ? 0 : HEADERS_TIMEOUT_MS },
        inbox,
      );
    } catch (error) {
      inbox.fail(error);
    }
  }

  /** One whole answer, within `timeoutMs`. @throws PlatformError AGENT_*, INVALID_AGENT_RESPONSE, the signal's reason. */
  async request(
    request: AgentRequest,
    { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal?: AbortSignal | undefined },
  ): Promise<Answer> {
    const inbox = new TurnInbox();
    const late = unresponsive(this.#spec, `did not answer ${request.path} within ${timeoutMs / 1_000} s`);
    const cancel = this.#timers.after(timeoutMs, () => inbox.fail(late));
    const onAbort = (): void => inbox.fail(abortError(signal));
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      if (signal?.aborted === true) onAbort();
      this.dispatch(request, inbox);
      return await this.readAnswer(inbox);
    } finally {
      cancel();
      signal?.removeEventListener("abort", onAbort);
    }
  }

  /** The rest of an inbox as one answer. */
  async readAnswer(inbox: TurnInbox): Promise<Answer> {
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

  /** Why a connection broke, seen from the instance where it knows better. */
  async failure(error: unknown): Promise<PlatformError> {
    if (isPlatformError(error)) return error;
    const code = errorCode(error);
    if (code === "UND_ERR_HEADERS_TIMEOUT") {
      return unresponsive(this.#spec, `did not begin to answer within ${HEADERS_TIMEOUT_MS / 1_000} s`, error);
    }
    const exit = await this.#exitWithin(EXIT_WAIT_MS);
    if (exit !== undefined) return exitError(this.#spec, exit);
    if (code?.startsWith("HPE_") === true) {
      return new PlatformError("INVALID_AGENT_RESPONSE", "The agent's answer is not valid HTTP.", { cause: error });
    }
    return unresponsive(this.#spec, "closed the connection before its answer was complete", error);
  }

  #exitWithin(ms: number): Promise<InstanceExit | undefined> {
    if (this.#exit !== undefined) return Promise.resolve(this.#exit);
    return new Promise((resolve) => {
      const settle = (exit?: InstanceExit): void => {
        cancel();
        this.#exitListeners.delete(settle);
        resolve(exit);
      };
      const cancel = this.#timers.after(ms, settle);
      this.#exitListeners.add(settle);
    });
  }
}

export function answerTooLarge(): PlatformError {
  return new PlatformError("INVALID_AGENT_RESPONSE", "The agent's answer is larger than 16 MiB.");
}

function errorCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
