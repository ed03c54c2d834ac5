import type { JsonObject } from "@berth/protocol";
import { fromBase64, toBase64 } from "./base64.ts";
import { askForObject } from "./host.ts";
import { TextDecoder } from "./text-coding.ts";

interface FetchOptions {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

interface FetchAnswer {
  readonly ok: boolean;
  readonly status: number;
  readonly url: string;
  readonly headers: { get(name: string): string | null };
  text(): Promise<string>;
  json(): Promise<unknown>;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** As much of the web's `fetch` as one whole answer needs; through the agent's egress proxy, whose rules hold. */
export async function fetch(url: string, options: FetchOptions = {}): Promise<FetchAnswer> {
  const { method = "GET", headers = {}, body } = options;
  const sent: JsonObject = body === undefined ? {} : typeof body === "string" ? { body } : { base64: toBase64(body) };
  const answer = askForObject("http.fetch", { url, method, headers: { ...headers }, ...sent });
  const status = Number(answer["status"]);
  // The operation's answer: texts by lower-case name.
  const answered = (answer["headers"] ?? {}) as Readonly<Record<string, string>>;
  const { text, base64 } = answer;
  const bytes = (): Uint8Array => fromBase64(typeof base64 === "string" ? base64 : "");
  const content = (): string => (typeof text === "string" ? text : new TextDecoder().decode(bytes()));
  return {
    ok: status >= 200 && status < 300,
    status,
    url,
    headers: { get: (name) => answered[name.toLowerCase()] ?? null },
    text: async () => content(),
    json: async () => JSON.parse(content()),
    arrayBuffer: async () => {
      const whole = typeof text === "string" ? new globalThis.TextEncoder().encode(text) : bytes();
      return whole.slice().buffer;
    },
  };
}
