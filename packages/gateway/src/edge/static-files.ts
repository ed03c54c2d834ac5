import { PlatformError } from "@berth/protocol";
import type { Exchange } from "./exchange.ts";
import { sendCached } from "./respond.ts";

/** A file of the console by its absolute path, such as `/index.html`. */
export type StaticFiles = (
  path: string,
) => { readonly body: Uint8Array; readonly contentType: string; readonly etag: string } | undefined;

/** The console shows what agents and callers wrote: nothing runs in it that did not come from here as a file. */
const SECURITY_HEADERS = {
  "Content-Security-Policy":
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
};

/** @throws ROUTE_NOT_FOUND */
export function sendStatic(exchange: Exchange, files: StaticFiles | undefined): void {
  const file = isRead(exchange.method) ? files?.(exchange.path === "/" ? "/index.html" : exchange.path) : undefined;
  if (file === undefined) {
    throw new PlatformError("ROUTE_NOT_FOUND", "There is nothing at this address.", {
      hint: "The API is described at /v1/openapi.json.",
    });
  }
  sendCached(exchange, file.body, {
    contentType: file.contentType,
    cacheControl: "no-cache",
    etag: file.etag,
    headers: SECURITY_HEADERS,
  });
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
