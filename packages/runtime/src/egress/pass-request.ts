import { request } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { endToEnd, requestHeaders, withoutDisguises } from "./forwarded-headers.ts";

/** `GET http://host/path`: one request on a connection of its own. `checked`: a rule has read its method and path. */
export function passRequest(
  message: IncomingMessage,
  response: ServerResponse,
  to: { readonly url: URL; readonly upstream: Duplex; readonly idleMs: number; readonly checked: boolean },
): void {
  const { url, upstream, idleMs } = to;
  const headers = requestHeaders(message.headers);
  const outgoing = request({
    // Its own connection, to the checked address: no agent, no second look-up.
    createConnection: () => upstream,
    method: message.method,
    path: `${url.pathname}${url.search}`,
    headers: { ...(to.checked ? withoutDisguises(headers) : headers), host: url.host },
    timeout: idleMs,
  });
  const end = (): void => {
    outgoing.destroy();
    upstream.destroy();
    response.destroy();
  };
  outgoing.on("timeout", end);
  outgoing.on("error", end);
  message.on("error", end);
  response.on("error", end);
  response.on("close", () => {
    upstream.destroy();
  });
  outgoing.on("response", (answer) => {
    answer.on("error", end);
    response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers));
    answer.pipe(response);
  });
  message.pipe(outgoing);
}
