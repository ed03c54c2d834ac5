import type { IncomingMessage, ServerResponse } from "node:http";
import { isPlatformError, PlatformError } from "@berth/protocol";
import type { JsonObject, JsonValue } from "@berth/protocol";
import { ProxyAgent, request } from "undici";
import { readJsonObject } from "../services/request-body.ts";
import { sendJson, sendProblem } from "../services/respond.ts";

const MAX_ANSWER_BYTES = 8 * 1024 * 1024;
const MAX_TIMEOUT_MS = 300_000;
const DEFAULT_TIMEOUT_MS = 60_000;

/** `http.fetch` of one instance: through its own egress proxy, which decides as it does for every other agent. */
export class EgressFetch {
  readonly #proxy: ProxyAgent | undefined;

  /** Undefined: the release lists nothing. `authority`: whom to trust beside the usual ones, as PEM. */
  constructor(proxySocket: string | undefined, authority?: string) {
    if (proxySocket === undefined) return;
    // Without a tunnel plain HTTP is asked of the proxy as it is: its rules read it.
    this.#proxy = new ProxyAgent({
      uri: "http://localhost",
      proxyTunnel: false,
      proxyTls: { socketPath: proxySocket },
      ...(authority === undefined ? {} : { requestTls: { ca: authority } }),
    });
  }

  async answer(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      sendJson(response, await this.#fetch(await readJsonObject(incoming)));
    } catch (error) {
      sendProblem(response, isPlatformError(error) ? error : unreachable(error));
    }
  }

  async close(): Promise<void> {
    await this.#proxy?.destroy();
  }

  async #fetch({ url, method = "GET", headers = {}, body, base64, timeoutMs }: JsonObject): Promise<JsonObject> {
    const target = typeof url === "string" ? URL.parse(url) : null;
    if (target === null || !/^https?:$/.test(target.protocol)) throw invalid("url must be an http or https address");
    if (typeof method !== "string" || !/^[A-Z]{3,10}$/.test(method)) throw invalid("method must be one of HTTP");
    if (this.#proxy === undefined) {
      throw new PlatformError(
        "PERMISSION_DENIED",
        `This agent may not connect to ${target.host}: it lists no egress.`,
        {
          hint: `Add "${target.host}" to egress in berth.json.`,
        },
      );
    }
    const limit =
      typeof timeoutMs === "number" && timeoutMs > 0 ? Math.min(timeoutMs, MAX_TIMEOUT_MS) : DEFAULT_TIMEOUT_MS;
    const answer = await request(target, {
      dispatcher: this.#proxy,
      // The proxy and the server judge it; undici refuses what is no method.
      method: method as "GET",
      headers: textsOf(headers),
      body: typeof base64 === "string" ? Buffer.from(base64, "base64") : textOf(body),
      signal: AbortSignal.timeout(limit),
    });
    const content = await readWhole(answer.body);
    const kept = Object.entries(answer.headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, String(value)]],
    );
    const text = content.toString("utf8");
    // What is no text would come back as something else.
    const isText = Buffer.from(text, "utf8").equals(content);
    return {
      status: answer.statusCode,
      headers: Object.fromEntries(kept) as JsonObject,
      ...(isText ? { text } : { base64: content.toString("base64") }),
    };
  }
}

async function readWhole(body: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER_BYTES) throw new PlatformError("FILE_TOO_LARGE", "The answer is larger than 8 MiB.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function textOf(body: JsonValue | undefined): string | null {
  if (body === undefined || body === null) return null;
  return typeof body === "string" ? body : JSON.stringify(body);
}

function textsOf(headers: JsonObject[string]): Record<string, string> {
  if (typeof headers !== "object" || headers === null || Array.isArray(headers)) throw invalid("headers must be texts");
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => {
      if (typeof value !== "string") throw invalid(`headers.${name.slice(0, 64)} must be a text`);
      return [name, value];
    }),
  );
}

function invalid(problem: string): PlatformError {
  return new PlatformError("INVALID_PARAMS", `http.fetch: ${problem}.`);
}

function unreachable(cause: unknown): PlatformError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new PlatformError("PERMISSION_DENIED", `http.fetch did not get through: ${why}.`, {
    cause,
    hint: "Denials stand in the agent's log with the line of berth.json that would allow them.",
  });
}
