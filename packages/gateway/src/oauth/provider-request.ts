import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { Exchange } from "../edge/exchange.ts";

/** Below the platform's host. */
export const MOUNT = "/oauth";

export interface ProviderRequest {
  /** With the mount, as the caller would write it. */
  readonly path: string;
  readonly search: string;
  /** As the caller wrote it, where the library must not read it but our pages do; default: `search`. */
  readonly shownSearch?: string;
  readonly body?: { readonly text: string; readonly type: string };
  /** Where the platform is reached. */
  readonly origin: string;
}

/** Said by proxies and by whoever wants to be taken for one. */
const FORWARDED = /^(?:x-forwarded-.*|forwarded|x-real-ip)$/;

/**
 * The request as the library sees it: at the issuer's own address whatever the Host header says, without the mount, and
 * with the parameters and the body that we have looked through.
 */
export function toProviderRequest(
  exchange: Exchange,
  { path, search, shownSearch = search, body, origin }: ProviderRequest,
): IncomingMessage {
  const { protocol, host } = new URL(origin);
  const bytes = Buffer.from(body?.text ?? "");
  const asQuery = (text: string): string => (text === "" ? "" : `?${text}`);
  const headers: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(exchange.req.headers)) {
    if (!FORWARDED.test(name) && !/^(?:content-|transfer-encoding)/.test(name)) headers[name] = value;
  }
  headers["host"] = host;
  headers["x-forwarded-proto"] = protocol.slice(0, -1);
  headers["x-forwarded-for"] = exchange.remoteAddress;
  if (body !== undefined) {
    headers["content-type"] = body.type;
    headers["content-length"] = String(bytes.length);
  }
  const { socket } = exchange.req;
  const request = Object.assign(Readable.from(bytes.length === 0 ? [] : [bytes]), {
    method: exchange.method,
    url: `${path.slice(MOUNT.length)}${asQuery(search)}`,
    originalUrl: `${path}${asQuery(shownSearch)}`,
    headers,
    httpVersion: "1.1",
    socket,
    connection: socket,
  });
  // A readable with what the library and its framework read from a request.
  return request as unknown as IncomingMessage;
}
