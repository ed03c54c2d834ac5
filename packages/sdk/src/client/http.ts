import { PlatformError } from "@berth/protocol";
import type { CallOptions, ClientOptions } from "./call-options.ts";
import type { Deadline } from "./deadline.ts";
import { startDeadline } from "./deadline.ts";
import { errorFromResponse } from "./error-response.ts";
import type { ServerSentEvent } from "./event-stream.ts";
import { readEvents } from "./event-stream.ts";

export interface HttpRequest {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  /** Relative to the base, without a leading slash. */
  readonly path: string;
  readonly query?: { readonly [name: string]: string | number | boolean | readonly string[] | undefined };
  readonly headers?: { readonly [name: string]: string | undefined };
  /** Sent as JSON. */
  readonly json?: unknown;
  readonly body?: Uint8Array;
  readonly contentType?: string;
  readonly accept?: string;
}

export interface Http {
  readonly url: string;
  /** The answer as JSON; undefined when it has no body. */
  json(request: HttpRequest, options?: CallOptions): Promise<unknown>;
  text(request: HttpRequest, options?: CallOptions): Promise<string>;
  bytes(request: HttpRequest, options?: CallOptions): Promise<Uint8Array>;
  /** The events of one connection; `timeoutMs` bounds the silence between two chunks. */
  events(request: HttpRequest, options?: CallOptions): AsyncGenerator<ServerSentEvent>;
}

const DEFAULT_TIMEOUT_MS = 30_000;
const MAX_ERROR_BYTES = 64 * 1024;

export function createHttp(options: ClientOptions): Http {
  const base = options.url.replace(/\/+$/, "");
  const defaultTimeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const send = options.fetch ?? globalThis.fetch;

  async function open(request: HttpRequest, deadline: Deadline): Promise<Response> {
    const response = await send(addressOf(base, request), {
      method: request.method,
      headers: headersOf(request, options.token),
      redirect: "error",
      signal: deadline.signal,
      ...bodyOf(request),
    });
    // A receipt that is still being sealed answers GET with 202: for a reader an error to retry, not a result.
    const isPending = request.method === "GET" && response.status === 202;
    if (response.ok && !isPending) return response;
    throw errorFromResponse(response.status, response.headers, (await response.text()).slice(0, MAX_ERROR_BYTES));
  }

  async function read<T>(
    request: HttpRequest,
    callOptions: CallOptions,
    take: (response: Response) => Promise<T>,
  ): Promise<T> {
    const deadline = startDeadline(callOptions, defaultTimeoutMs);
    try {
      return await take(await open(request, deadline));
    } catch (error) {
      throw deadline.explain(error, base);
    } finally {
      deadline.stop();
    }
  }

  const text = (request: HttpRequest, callOptions: CallOptions = {}): Promise<string> =>
    read(request, callOptions, async (response) => await response.text());

  return {
    url: base,
    text,
    bytes: (request, callOptions = {}) =>
      read(request, callOptions, async (response) => new Uint8Array(await response.arrayBuffer())),
    async json(request, callOptions) {
      const body = await text(request, callOptions);
      if (body === "") return undefined;
      try {
        return JSON.parse(body);
      } catch (error) {
        throw new PlatformError("INVALID_AGENT_RESPONSE", `${base} answered something that is not JSON.`, {
          cause: error,
        });
      }
    },
    async *events(request, callOptions = {}) {
      const deadline = startDeadline(callOptions, defaultTimeoutMs);
      try {
        const response = await open({ accept: "text/event-stream", ...request }, deadline);
        yield* readEvents(response, () => deadline.touch());
      } catch (error) {
        throw deadline.explain(error, base);
      } finally {
        deadline.stop();
      }
    },
  };
}

function addressOf(base: string, { path, query = {} }: HttpRequest): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined) continue;
    for (const item of Array.isArray(value) ? value : [value]) parameters.append(name, String(item));
  }
  const search = parameters.toString();
  return `${base}/${path}${search === "" ? "" : `?${search}`}`;
}

function headersOf(request: HttpRequest, token: string | undefined): Headers {
  const headers = new Headers({ accept: request.accept ?? "application/json" });
  if (token !== undefined) headers.set("authorization", `Bearer ${token}`);
  if (request.json !== undefined) headers.set("content-type", "application/json");
  if (request.contentType !== undefined) headers.set("content-type", request.contentType);
  for (const [name, value] of Object.entries(request.headers ?? {})) {
    if (value !== undefined) headers.set(name, value);
  }
  return headers;
}

function bodyOf({ json, body }: HttpRequest): { body?: BodyInit } {
  if (json !== undefined) return { body: JSON.stringify(json) };
  // A Uint8Array over any buffer is a BodyInit at run time; the DOM types ask for a non-shared one.
  return body === undefined ? {} : { body: body as Uint8Array<ArrayBuffer> };
}
