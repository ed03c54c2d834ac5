import { request } from "node:http";
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** The engine's own word on why it did not do something. May name paths of the host: for the platform's log. */
export class EngineError extends Error {
  override readonly name: string = "EngineError";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface EngineCall {
  readonly body?: unknown;
  /** Sent as it is, instead of `body`. */
  readonly stream?: Readable;
  readonly timeoutMs?: number;
  /** Statuses that are an answer too, not an error. */
  readonly accept?: readonly number[];
}

const TIMEOUT_MS = 30_000;
const MAX_ANSWER_BYTES = 4 * 1024 * 1024;

/**
 * Speaks the Docker Engine API over its unix socket, which podman answers too. The API and not a command line: nothing to
 * install beside the engine, no text to quote or to parse, and the output of a container comes as it is written.
 */
export class EngineClient {
  readonly socketPath: string;
  readonly #prefix: string;

  /** `version`: of the API, as the engine named it; without it the engine takes its newest. */
  constructor(socketPath: string, version?: string) {
    this.socketPath = socketPath;
    this.#prefix = version === undefined ? "" : `/v${version}`;
  }

  /** The parsed answer; undefined when it has no body. @throws EngineError */
  async call(method: string, path: string, options: EngineCall = {}): Promise<unknown> {
    const signal = AbortSignal.timeout(options.timeoutMs ?? TIMEOUT_MS);
    const response = await this.#send(method, path, options, signal);
    const text = await readAll(response);
    const status = response.statusCode ?? 0;
    if (status >= 400 && options.accept?.includes(status) !== true) throw new EngineError(status, messageOf(text));
    return text === "" ? undefined : parse(text);
  }

  /** An answer that goes on for as long as it takes; whoever asks destroys it. @throws EngineError */
  async follow(method: string, path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const response = await this.#send(method, path, {}, signal);
    const status = response.statusCode ?? 0;
    if (status < 400) return response;
    throw new EngineError(status, messageOf(await readAll(response)));
  }

  async #send(
    method: string,
    path: string,
    { body, stream }: EngineCall,
    signal: AbortSignal,
  ): Promise<IncomingMessage> {
    const answer = Promise.withResolvers<IncomingMessage>();
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = request({
      socketPath: this.socketPath,
      method,
      path: this.#prefix + path,
      agent: false,
      signal,
      headers: {
        host: "engine",
        ...(text === undefined
          ? {}
          : { "content-type": "application/json", "content-length": Buffer.byteLength(text) }),
        ...(stream === undefined ? {} : { "content-type": "application/x-tar" }),
      },
    });
    outgoing.once("response", answer.resolve);
    outgoing.once("error", answer.reject);
    if (stream === undefined) outgoing.end(text);
    // A refusal may come before everything was sent: it is the answer that counts.
    else pipeline(stream, outgoing).catch(answer.reject);
    return await answer.promise;
  }
}

/** The engine is there but has no such container or image, or had to do nothing. */
export function isStatus(error: unknown, ...statuses: readonly number[]): boolean {
  return error instanceof EngineError && statuses.includes(error.status);
}

async function readAll(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new Error("the container engine's answer is too long");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Some answers are several documents, one a line; the last one is how it ended. */
function parse(text: string): unknown {
  try {
    return JSON.parse(text.trim().split("\n").at(-1) ?? "");
  } catch {
    return text;
  }
}

function messageOf(text: string): string {
  const parsed = parse(text);
  const found = typeof parsed === "object" && parsed !== null && "message" in parsed ? parsed.message : text;
  return String(found).slice(0, 1_000);
}
