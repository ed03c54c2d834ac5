import type { OutgoingHttpHeaders } from "node:http";
import { PlatformError } from "@berth/protocol";
import type { Exchange } from "./exchange.ts";
import { sendCached } from "./respond.ts";

/** A file of the console by its absolute path, such as `/index.html`. */
export type StaticFiles = (path: string) => StaticFile | undefined;

export interface StaticFile {
  readonly body: Uint8Array;
  readonly contentType: string;
  readonly etag: string;
  /** The same bytes by content coding. */
  readonly encoded?: Readonly<Partial<Record<Coding, Uint8Array>>>;
  /** Its name changes with its content. */
  readonly immutable?: boolean;
}

const CODINGS = ["br", "gzip"] as const;
type Coding = (typeof CODINGS)[number];

/**
 * The console shows what agents and callers wrote: nothing runs in it that did not come from here as a file, text never becomes markup
 * (Trusted Types; the one policy makes addresses of our own workers), and what is shown loads nothing from elsewhere. Previews are blob
 * images; an agent's own HTML is framed without rights and without an origin.
 */
const SECURITY_HEADERS = {
  "Content-Security-Policy": [
    "default-src 'self'",
    "base-uri 'none'",
    "object-src 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
    "img-src 'self' blob:",
    "frame-src blob:",
    "require-trusted-types-for 'script'",
    "trusted-types berth-worker",
  ].join("; "),
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
  sendFile(exchange, file, { headers: SECURITY_HEADERS, isPublic: true });
}

export function sendFile(
  exchange: Exchange,
  file: StaticFile,
  { headers, isPublic }: { readonly headers: OutgoingHttpHeaders; readonly isPublic: boolean },
): void {
  const coding = codingOf(exchange, file);
  const reach = isPublic ? "public" : "private";
  sendCached(exchange, coding === undefined ? file.body : (file.encoded?.[coding] ?? file.body), {
    contentType: file.contentType,
    cacheControl:
      file.immutable === true ? `${reach}, max-age=31536000, immutable` : isPublic ? "no-cache" : "private, no-cache",
    // One validator per representation (RFC 9110 §8.8.3).
    etag: coding === undefined ? file.etag : file.etag.replace(/"$/, `-${coding}"`),
    headers: {
      ...headers,
      ...(file.encoded === undefined ? {} : { Vary: "Accept-Encoding" }),
      ...(coding === undefined ? {} : { "Content-Encoding": coding }),
    },
  });
}

/** What the caller takes and we have, the smallest first (RFC 9110 §12.5.3; `q=0` refuses). */
function codingOf(exchange: Exchange, { encoded }: StaticFile): Coding | undefined {
  const taken = (exchange.header("accept-encoding") ?? "").split(",").map((each) => each.trim().toLowerCase());
  return CODINGS.find(
    (coding) =>
      encoded?.[coding] !== undefined &&
      taken.some((each) => each.split(";")[0] === coding && !/;\s*q=0(\.0*)?$/.test(each)),
  );
}

function isRead(method: string): boolean {
  return method === "GET" || method === "HEAD";
}
