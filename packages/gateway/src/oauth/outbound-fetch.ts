import type { JsonObject } from "@berth/protocol";
import { isJsonObject } from "../mcp/json.ts";
import { normalizedMetadata } from "./client-metadata.ts";

/** HTTP that goes nowhere it must not: addresses come from strangers. */
export interface Outbound {
  request(request: {
    readonly method: "GET" | "POST";
    readonly url: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly body?: string;
    readonly timeoutMs: number;
    readonly maxBytes: number;
  }): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly body: Uint8Array;
    readonly truncated: boolean;
  }>;
}

export type Fetch = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

const TIMEOUT_MS = 5_000;
const MAX_BYTES = 64 * 1_024;
/** Statuses that have no body (Fetch, null body status). */
const EMPTY: ReadonlySet<number> = new Set([204, 205, 304]);

/** `fetch` for libraries, by way of the platform's one client. Redirects are answers like any other. */
export function outboundFetch(outbound: Outbound): Fetch {
  return async (input, init = {}) => {
    const url = input instanceof Request ? input.url : String(input);
    const body = init.body instanceof URLSearchParams || typeof init.body === "string" ? String(init.body) : undefined;
    const answer = await outbound.request({
      method: init.method?.toUpperCase() === "POST" ? "POST" : "GET",
      url,
      headers: Object.fromEntries(new Headers(init.headers)),
      ...(body === undefined ? {} : { body }),
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    if (answer.truncated) throw new TypeError(`the answer of ${url} is larger than ${MAX_BYTES} bytes`);
    const headers = Object.entries(answer.headers).flatMap(([name, value]): [string, string][] =>
      value === undefined || isOfTransfer(name) ? [] : [[name, Array.isArray(value) ? value.join(", ") : value]],
    );
    // Over a buffer of our own, never a shared one.
    const bytes = answer.body as Uint8Array<ArrayBuffer>;
    return new Response(EMPTY.has(answer.status) ? null : bytes, { status: answer.status, headers });
  };
}

/** The same for the documents in which clients say who they are: as they come, few would be taken. */
export function metadataFetch(fetch: Fetch): Fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    const said = response.status === 200 ? parsed(await response.clone().text()) : undefined;
    if (said === undefined || said["client_id"] !== (input instanceof Request ? input.url : input.toString()))
      return response;
    const secrets = Object.fromEntries(Object.entries(said).filter(([name]) => name.startsWith("client_secret")));
    return new Response(JSON.stringify({ ...normalizedMetadata(said), ...secrets }), { headers: response.headers });
  };
}

function parsed(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isOfTransfer(name: string): boolean {
  return ["content-length", "content-encoding", "transfer-encoding", "connection"].includes(name.toLowerCase());
}
