import type { OutgoingHttpHeaders } from "node:http";
import { DEFAULT_AUTH_SCHEMES, PlatformError, isPlatformError } from "@berth/protocol";
import { renderRpcError, renderStatus, renderV03Error } from "../a2a/render-error.ts";
import { renderMcpError } from "../mcp/render-error.ts";
import { renderRegistryError } from "../registry/render-error.ts";
import { renderOtlpError, retryHeaders } from "../otlp/answers.ts";
import { challengeHeader } from "./challenges.ts";
import type { Challenge } from "./challenges.ts";
import type { CallExchange, Exchange } from "./exchange.ts";
import { HTTP_STATUS } from "./http-status.ts";
import { refusalHeaders } from "./rate-limit.ts";
import { send } from "./respond.ts";

/** problem: RFC 9457. otlp: google.rpc.Status in the encoding of the request. status: google.rpc.Status of A2A 1.0's HTTP+JSON. registry: the OCI distribution specification's. text: for people behind a program. v03: A2A 0.3's HTTP+JSON. */
export type ErrorForm = "problem" | "status" | "v03" | "jsonrpc" | "mcp" | "otlp" | "text" | "registry";

export interface RenderedError {
  readonly status: number;
  readonly contentType: string;
  /** JSON, or bytes. */
  readonly body: unknown;
}

const RENDERERS: Readonly<Record<ErrorForm, (error: PlatformError, exchange: Exchange) => RenderedError>> = {
  problem: renderProblem,
  status: renderStatus,
  v03: renderV03Error,
  jsonrpc: (error, exchange) => renderRpcError(error, exchange, null),
  mcp: (error, exchange) => renderMcpError(error, exchange, null),
  otlp: renderOtlpError,
  text: renderText,
  registry: renderRegistryError,
};

export interface SendErrorOptions {
  readonly form: ErrorForm;
  /** Where HTTP knows better than the reason: 405. */
  readonly status?: number;
  readonly headers?: OutgoingHttpHeaders;
}

export function sendError(exchange: Exchange, error: PlatformError, { form, status, headers }: SendErrorOptions): void {
  const rendered = RENDERERS[form](error, exchange);
  const known = errorHeaders(error, exchange);
  send(exchange, rendered.body instanceof Uint8Array ? rendered.body : JSON.stringify(rendered.body), {
    status: status ?? rendered.status,
    contentType: rendered.contentType,
    headers: { ...known, ...(form === "otlp" ? retryHeaders(rendered, known) : {}), ...headers },
  });
}

/** What belongs into the header whatever the form of the body. */
export function errorHeaders(
  error: PlatformError,
  { challenge = USUAL }: Partial<Pick<Exchange, "challenge">> = {},
): OutgoingHttpHeaders {
  switch (error.reason) {
    case "UNAUTHENTICATED":
    case "PERMISSION_DENIED":
      return { "WWW-Authenticate": challengeHeader(error, challenge) };
    case "SHUTTING_DOWN":
      return { "Retry-After": "2", Connection: "close" };
    case "RATE_LIMITED":
      return refusalHeaders(error);
    case "BUDGET_EXCEEDED":
      return error.metadata["retryAfterSeconds"] === undefined ? {} : refusalHeaders(error);
    case "AGENT_OVERLOADED":
    case "AGENT_CRASHED":
    case "AGENT_OUT_OF_MEMORY":
    case "AGENT_START_FAILED":
    case "AGENT_START_TIMEOUT":
      return retryHeader(error);
    case "TOO_MANY_STREAMS":
    case "STORE_UNAVAILABLE":
    case "RECEIPT_PENDING":
      return { "Retry-After": "1" };
    default:
      return {};
  }
}

/** As the pool knows it: when its queue may have a place, or the next start is tried. */
function retryHeader({ reason, metadata }: PlatformError): OutgoingHttpHeaders {
  const seconds = metadata["retryAfterSeconds"];
  if (typeof seconds === "string") return { "Retry-After": seconds };
  return reason === "AGENT_OVERLOADED" ? { "Retry-After": "1" } : {};
}

const USUAL: Challenge = { schemes: DEFAULT_AUTH_SCHEMES };

function renderProblem(error: PlatformError, exchange: Exchange): RenderedError {
  const status = HTTP_STATUS[error.reason];
  return { status, contentType: "application/problem+json", body: problemOf(error, exchange) };
}

function renderText({ reason, message, hint }: PlatformError): RenderedError {
  const text = `${message} (${reason})${hint === undefined ? "" : `\n${hint}`}\n`;
  return { status: HTTP_STATUS[reason], contentType: "text/plain; charset=utf-8", body: Buffer.from(text) };
}

/** Also in a stream of several things, one of which breaks. */
export function problemOf(error: PlatformError, { requestId }: Pick<Exchange, "requestId">): object {
  return {
    type: `urn:berth:error:${error.reason.toLowerCase().replaceAll("_", "-")}`,
    title: titleOf(error),
    status: HTTP_STATUS[error.reason],
    detail: error.message,
    reason: error.reason,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.violations.length === 0 ? {} : { violations: error.violations }),
    requestId,
  };
}

function titleOf({ reason }: PlatformError): string {
  const words = reason.toLowerCase().replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

export type Log = (line: string) => void;

/** What was thrown, as something a caller may see. A bug is logged here, once, and answered as INTERNAL. */
export function toPlatformError(thrown: unknown, exchange: CallExchange, log: Log): PlatformError {
  const error = platformErrorOf(thrown, exchange, log);
  exchange.span?.refused(error);
  return error;
}

function platformErrorOf(thrown: unknown, exchange: CallExchange, log: Log): PlatformError {
  if (isPlatformError(thrown)) {
    if (thrown.internal !== undefined) logError(thrown.reason, `${thrown.message} (${thrown.internal})`, exchange, log);
    return thrown;
  }
  const detail = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
  logError("INTERNAL", detail, exchange, log);
  return new PlatformError("INTERNAL", `Something went wrong here. Quote ${exchange.requestId} when you report it.`, {
    cause: thrown,
  });
}

function logError(reason: string, detail: string, { requestId, method, path }: CallExchange, log: Log): void {
  log(`${requestId} ${method} ${JSON.stringify(path.slice(0, 256))} ${reason}: ${detail}`);
}
