import { createHash } from "node:crypto";
import type { OutgoingHttpHeaders } from "node:http";
import type { Exchange } from "./exchange.ts";

export interface Reply {
  readonly status?: number;
  readonly contentType?: string;
  readonly headers?: OutgoingHttpHeaders;
}

export function sendJson(exchange: Exchange, body: unknown, reply: Reply = {}): void {
  send(exchange, JSON.stringify(body), { contentType: "application/json", ...reply });
}

/** A whole answer at once. Does nothing when an answer was begun or the caller is gone. */
export function send(exchange: Exchange, body: string | Uint8Array, reply: Reply = {}): void {
  const { res, method } = exchange;
  if (res.headersSent || res.destroyed) return;
  res.writeHead(reply.status ?? 200, {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "X-Request-Id": exchange.requestId,
    ...(reply.contentType === undefined ? {} : { "Content-Type": reply.contentType }),
    "Content-Length": typeof body === "string" ? Buffer.byteLength(body) : body.byteLength,
    ...reply.headers,
  });
  if (method === "HEAD") res.end();
  else res.end(body);
}

/** 204, or another status without a body. */
export function sendEmpty(exchange: Exchange, reply: Reply = {}): void {
  const { res } = exchange;
  if (res.headersSent || res.destroyed) return;
  res.writeHead(reply.status ?? 204, {
    "Cache-Control": "no-store",
    "X-Request-Id": exchange.requestId,
    ...(reply.status === undefined || reply.status === 204 || reply.status === 304 ? {} : { "Content-Length": 0 }),
    ...reply.headers,
  });
  res.end();
}

export interface Cached {
  readonly contentType: string;
  readonly cacheControl: string;
  readonly etag?: string;
  readonly lastModified?: Date;
  readonly headers?: OutgoingHttpHeaders;
}

/** An answer with validators: 304 when the caller has it already (RFC 9110 §13). */
export function sendCached(exchange: Exchange, body: string | Uint8Array, cached: Cached): void {
  const etag = cached.etag ?? etagOf(body);
  const modified = cached.lastModified === undefined ? undefined : atFullSecond(cached.lastModified);
  const headers: OutgoingHttpHeaders = {
    "Cache-Control": cached.cacheControl,
    ETag: etag,
    ...(modified === undefined ? {} : { "Last-Modified": modified.toUTCString() }),
    ...cached.headers,
  };
  if (isFresh(exchange, etag, modified)) sendEmpty(exchange, { status: 304, headers });
  else send(exchange, body, { contentType: cached.contentType, headers });
}

function etagOf(body: string | Uint8Array): string {
  return `"${createHash("sha256").update(body).digest("base64url").slice(0, 22)}"`;
}

function atFullSecond(date: Date): Date {
  return new Date(Math.floor(date.getTime() / 1000) * 1000);
}

function isFresh(exchange: Exchange, etag: string, modified: Date | undefined): boolean {
  const noneMatch = exchange.header("if-none-match");
  if (noneMatch !== undefined) {
    return noneMatch.split(",").some((each) => each.trim() === "*" || each.trim().replace(/^W\//, "") === etag);
  }
  const since = exchange.header("if-modified-since");
  return since !== undefined && modified !== undefined && Date.parse(since) >= modified.getTime();
}
