import { setTimeout as sleepFor } from "node:timers/promises";
import { PlatformError } from "@berth/protocol";
import { RegistryAuth } from "./registry-auth.ts";
import type { RegistryCredential } from "./registry-auth.ts";
import { isPassing, noAnswer } from "./registry-errors.ts";
import { discard } from "./registry-http.ts";
import type { RegistryAnswer, RegistryHttp, RegistryRequest } from "./registry-http.ts";

export interface RegistryOptions {
  readonly http: RegistryHttp;
  /** Where its API is: `registry.example:5000`, see `registryHost`. */
  readonly host: string;
  /** Without TLS. Default: with. */
  readonly plainHttp?: boolean;
  readonly credential?: RegistryCredential;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** Between tries. Default: as long as it says. */
  readonly sleep?: (ms: number) => Promise<void>;
}

export interface Call {
  readonly method: RegistryRequest["method"];
  /** Absolute, or a path such as `/v2/echo/tags/list`. */
  readonly url: string;
  readonly scopes: readonly string[];
  readonly headers?: { readonly [name: string]: string };
  readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  /** How often it is sent when the registry has a passing problem. Default 4; 1 for what is not to be repeated. */
  readonly attempts?: number;
}

const TIMEOUT_MS = 60_000;
const ATTEMPTS = 4;
const FIRST_WAIT_MS = 250;
const MAX_WAIT_MS = 30_000;
const MAX_REDIRECTS = 5;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** Requests to one registry: signs in, follows redirects, tries again what may pass. Every status is an answer. */
export class RegistryConnection {
  readonly host: string;
  readonly origin: string;
  readonly #options: RegistryOptions;
  readonly #auth: RegistryAuth;
  readonly #timeoutMs: number;

  constructor(options: RegistryOptions) {
    this.host = options.host;
    const origin = URL.parse(`${options.plainHttp === true ? "http" : "https"}://${options.host}`)?.origin;
    if (origin === undefined) throw new PlatformError("INVALID_PARAMS", `${options.host} is no registry's address.`);
    this.origin = origin;
    this.#options = options;
    this.#timeoutMs = options.timeoutMs ?? TIMEOUT_MS;
    const { http, host, credential, signal } = options;
    this.#auth = new RegistryAuth({
      http,
      host,
      origin,
      timeoutMs: this.#timeoutMs,
      ...(credential === undefined ? {} : { credential }),
      ...(signal === undefined ? {} : { signal }),
    });
  }

  /** @throws REGISTRY_FAILED when there is no answer, CANCELED */
  async send(call: Call): Promise<RegistryAnswer> {
    // A stream can be sent once.
    const isRepeatable = call.body === undefined || call.body instanceof Uint8Array;
    const attempts = isRepeatable ? (call.attempts ?? ATTEMPTS) : 1;
    for (let attempt = 1; ; attempt += 1) {
      let waitMs: number | undefined;
      try {
        const answer = await this.#authorized(call, isRepeatable);
        if (!isPassing(answer.status) || attempt >= attempts) return answer;
        waitMs = retryAfterMs(answer.headers["retry-after"]);
        await discard(answer);
      } catch (error) {
        if (!(error instanceof PlatformError) || !error.retryable || attempt >= attempts) throw error;
      }
      await this.pause(attempt, waitMs);
    }
  }

  /** @throws CANCELED */
  async pause(attempt: number, askedMs?: number): Promise<void> {
    const { signal, sleep } = this.#options;
    const ms = Math.min(askedMs ?? FIRST_WAIT_MS * 2 ** attempt, MAX_WAIT_MS);
    try {
      if (sleep === undefined) await sleepFor(ms, undefined, signal === undefined ? {} : { signal });
      else await sleep(ms);
    } finally {
      this.#checkCanceled();
    }
  }

  async #authorized(call: Call, isRepeatable: boolean): Promise<RegistryAnswer> {
    const known = await this.#auth.authorization(call.scopes);
    const answer = await this.#redirected(call, known);
    if (answer.status !== 401 || !isRepeatable) return answer;
    const header = await this.#auth.answer(answer, call.scopes, known);
    if (header === undefined) return answer;
    await discard(answer);
    return await this.#redirected(call, header);
  }

  /** Storage behind a registry is another origin: it is given no credential, and it has no use for one. */
  async #redirected(call: Call, authorization: string | undefined): Promise<RegistryAnswer> {
    let url = new URL(call.url, this.origin);
    const isRead = call.method === "GET" || call.method === "HEAD";
    for (let hops = 0; ; hops += 1) {
      const isOurs = url.origin === this.origin;
      const answer = await this.#once(call, url, isOurs ? authorization : undefined);
      const { location } = answer.headers;
      if (!isRead || !REDIRECTS.has(answer.status) || location === undefined) return answer;
      await discard(answer);
      const next = URL.parse(location, url);
      const isSafe = next?.protocol === "https:" || (next?.protocol === "http:" && url.protocol === "http:");
      if (next === null || !isSafe || hops >= MAX_REDIRECTS) {
        throw new PlatformError(
          "REGISTRY_FAILED",
          `The registry ${this.host} sends its callers to no place that can be.`,
          {
            retryable: false,
          },
        );
      }
      url = next;
    }
  }

  async #once(call: Call, url: URL, authorization: string | undefined): Promise<RegistryAnswer> {
    this.#checkCanceled();
    const { http, signal } = this.#options;
    try {
      return await http.request({
        method: call.method,
        url: url.href,
        headers: { ...call.headers, ...(authorization === undefined ? {} : { authorization }) },
        timeoutMs: this.#timeoutMs,
        ...(call.body === undefined ? {} : { body: call.body }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      this.#checkCanceled();
      throw error instanceof PlatformError ? error : noAnswer(url.host, error);
    }
  }

  #checkCanceled(): void {
    if (this.#options.signal?.aborted === true) {
      throw new PlatformError("CANCELED", `Speaking to the registry ${this.host} was canceled.`);
    }
  }
}

/** RFC 9110 §10.2.3, in seconds; dates are not worth a clock here. */
function retryAfterMs(header: string | undefined): number | undefined {
  return header !== undefined && /^\d{1,6}$/.test(header) ? Number(header) * 1000 : undefined;
}
