import { gunzip } from "node:zlib";
import { promisify } from "node:util";
import type { IncomingMessage, ServerResponse } from "node:http";
import { PlatformError, REASONS, RPC_HTTP_STATUS, isPlatformError } from "@berth/protocol";
import { OTLP_CONTENT_TYPES, otlpEncodingOf, readOtlp, writeExportAnswer, writeStatus } from "@berth/telemetry";
import type { OtlpEncoding, OtlpSignal } from "@berth/telemetry";
import type { ServicesPeer } from "../agent-services.ts";
import type { RuntimeTelemetry } from "../runtime-telemetry.ts";
import { readBytes } from "./request-body.ts";

export interface OtlpListenerOptions {
  readonly peer: ServicesPeer;
  readonly telemetry: () => RuntimeTelemetry | undefined;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly log: (line: string) => void;
}

/** As it comes, and inflated. */
const MAX_BODY_BYTES = 4 * 1024 * 1024;
const MAX_INFLATED_BYTES = 16 * 1024 * 1024;
/** Of one instance at once: a batch processor sends one at a time. */
const MAX_REQUESTS = 4;
/** google.rpc.Code: exporters read the HTTP status and the message. */
const UNKNOWN = 2;
const RETRY_AFTER_SECONDS = "5";
/** Below the base address that exporters are told. */
export const OTLP_PATHS: ReadonlyMap<string, OtlpSignal> = new Map([
  ["/v1/traces", "traces"],
  ["/v1/logs", "logs"],
  ["/v1/metrics", "metrics"],
]);
const inflate = promisify(gunzip);

/**
 * OTLP/HTTP (opentelemetry-proto, docs/specification.md) for one instance: whatever it sends is that instance's. What it
 * gives never rejects.
 */
export function otlpListener(
  options: OtlpListenerOptions,
): (signal: OtlpSignal, req: IncomingMessage, res: ServerResponse) => Promise<void> {
  let requests = 0;
  return async (signal, req, res) => {
    const encoding = otlpEncodingOf(req.headers["content-type"]);
    requests += 1;
    try {
      if (requests > MAX_REQUESTS) throw overloaded();
      await answer(signal, req, res, { ...options, encoding });
    } catch (error) {
      if (!isPlatformError(error)) options.log(`telemetry of ${options.peer.agentName}: ${String(error)}`);
      refuse(res, encoding ?? "json", isPlatformError(error) ? error : internal(error));
    } finally {
      requests -= 1;
    }
  };
}

async function answer(
  signal: OtlpSignal,
  req: IncomingMessage,
  res: ServerResponse,
  { peer, telemetry, now, encoding }: OtlpListenerOptions & { readonly encoding: OtlpEncoding | undefined },
): Promise<void> {
  if (req.method !== "POST") throw new PlatformError("METHOD_NOT_FOUND", "Telemetry is sent by POST.");
  if (encoding === undefined) {
    throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", "OTLP is application/x-protobuf or application/json.");
  }
  const target = telemetry();
  if (target === undefined) throw overloaded();
  const bytes = await inflated(req, await readBytes(req, MAX_BODY_BYTES));
  const batch = readOtlp(signal, encoding, bytes, { receivedUs: now() * 1_000 });
  const outcome = await target.ingest(peer, batch);
  send(res, 200, encoding, writeExportAnswer(signal, encoding, outcome));
}

/** @throws REQUEST_TOO_LARGE, PARSE_ERROR */
async function inflated(req: IncomingMessage, bytes: Uint8Array): Promise<Uint8Array> {
  const coding = req.headers["content-encoding"] ?? "identity";
  if (coding === "identity") return bytes;
  if (coding !== "gzip") throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", "A body comes as it is, or as gzip.");
  try {
    return await inflate(bytes, { maxOutputLength: MAX_INFLATED_BYTES });
  } catch (error) {
    const isLarge = error instanceof RangeError;
    if (isLarge) throw new PlatformError("REQUEST_TOO_LARGE", `The body is more than ${MAX_INFLATED_BYTES} bytes.`);
    throw new PlatformError("PARSE_ERROR", "The body is not valid gzip.", { cause: error });
  }
}

function refuse(res: ServerResponse, encoding: OtlpEncoding, error: PlatformError): void {
  if (res.headersSent || res.destroyed) return void res.destroy();
  // Exporters try again after 429 and 503 alone.
  const status = RPC_HTTP_STATUS[REASONS[error.reason]];
  if (status === 429 || status === 503) res.setHeader("retry-after", RETRY_AFTER_SECONDS);
  send(res, status, encoding, writeStatus(encoding, UNKNOWN, error.message));
}

function send(res: ServerResponse, status: number, encoding: OtlpEncoding, body: Uint8Array): void {
  if (res.destroyed) return;
  res.writeHead(status, { "content-type": OTLP_CONTENT_TYPES[encoding], "content-length": body.length }).end(body);
}

function overloaded(): PlatformError {
  return new PlatformError("RATE_LIMITED", "There is no room for telemetry now.", { retryable: true });
}

function internal(cause: unknown): PlatformError {
  return new PlatformError("INTERNAL", "The platform could not take this.", { cause });
}
