import type { ServerResponse } from "node:http";

export function sendJson(
  response: ServerResponse,
  options: {
    readonly body: object;
    readonly status?: number;
    readonly contentType?: string;
    readonly headers?: { readonly [name: string]: string };
  },
): void {
  const { body, status = 200, contentType = "application/json", headers = {} } = options;
  const text = JSON.stringify(body);
  response.writeHead(status, { "content-type": contentType, "content-length": Buffer.byteLength(text), ...headers });
  response.end(text);
}

/** Fires when the caller goes away before it has its answer. */
export function closedSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController();
  response.once("close", () => controller.abort());
  return controller.signal;
}
