import { Agent, request } from "node:http";
import type { IncomingMessage } from "node:http";
import type { JsonObject, JsonValue } from "@berth/protocol";
import { ServiceError } from "../context.ts";

export interface ServicesRequest {
  readonly method: "GET" | "PUT" | "POST" | "DELETE";
  readonly path: string;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
  readonly signal?: AbortSignal;
}

export interface ServicesAnswer {
  readonly headers: { readonly [name: string]: string };
  readonly body: Uint8Array;
}

export interface ServicesClient {
  /** @throws ServiceError with the platform's reason */
  send(request: ServicesRequest): Promise<ServicesAnswer>;
  /** Whatever the answer is, its body as it comes. Leaving that ends the connection. */
  open(request: ServicesRequest): Promise<OpenAnswer>;
}

export interface OpenAnswer {
  readonly status: number;
  readonly body: AsyncIterable<Uint8Array>;
}

/** `unix:<path>`, as BERTH_SERVICES says. */
export function openServices(address: string): ServicesClient {
  const socketPath = address.startsWith("unix:") ? address.slice("unix:".length) : undefined;
  if (socketPath === undefined || socketPath === "") {
    throw new Error(`BERTH_SERVICES must be unix:<path>, not "${address}".`);
  }
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  return {
    send: async ({ method, path, headers = {}, body, signal }) => {
      const answer = await exchange({ method, path, headers, body, signal, socketPath, agent });
      if (answer.status >= 200 && answer.status < 300) return answer;
      throw toError(answer);
    },
    open: async ({ method, path, headers = {}, body, signal }) => {
      const answer = await begin({ method, path, headers, body, signal, socketPath, agent });
      return { status: answer.statusCode ?? 0, body: answer };
    },
  };
}

/** The object that the services endpoint answers with. */
export function jsonOf({ body }: ServicesAnswer): JsonObject {
  // The endpoint answers with JSON objects.
  return JSON.parse(new TextDecoder().decode(body)) as JsonObject;
}

interface Exchange extends Omit<ServicesRequest, "signal" | "body"> {
  readonly body: string | Uint8Array | undefined;
  readonly signal: AbortSignal | undefined;
  readonly socketPath: string;
  readonly agent: Agent;
}

async function begin({ body, signal, ...options }: Exchange): Promise<IncomingMessage> {
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request({ ...options, ...(signal === undefined ? {} : { signal }) }, resolve);
    sent.on("error", reject);
    sent.end(body);
  });
}

async function exchange(asked: Exchange): Promise<ServicesAnswer & { readonly status: number }> {
  const answer = await begin(asked);
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer); // no encoding is set: buffers
  const headers = Object.entries(answer.headers).flatMap(([name, value]) =>
    typeof value === "string" ? [[name, value] as const] : [],
  );
  return { status: answer.statusCode ?? 0, headers: Object.fromEntries(headers), body: Buffer.concat(chunks) };
}

/** RFC 9457 with our `reason`. */
function toError({ status, body }: ServicesAnswer & { readonly status: number }): ServiceError {
  let problem: { readonly [name: string]: JsonValue } = {};
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(body));
    // Only its texts are read.
    if (typeof value === "object" && value !== null) problem = value as JsonObject;
  } catch {
    // Not a problem document: the status says all there is.
  }
  const { reason, detail, hint } = problem;
  const text = typeof detail === "string" ? detail : `The platform answered ${status}.`;
  return new ServiceError(
    typeof reason === "string" ? reason : "INTERNAL",
    typeof hint === "string" ? `${text} ${hint}` : text,
  );
}
