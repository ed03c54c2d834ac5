import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import { PlatformError } from "@berth/protocol";
import { otlpEncodingOf } from "@berth/telemetry";
import type { OtlpEncoding } from "@berth/telemetry";
import type { Exchange } from "../edge/exchange.ts";
import { readBody } from "../edge/read-body.ts";

/** Before and after it is inflated (the OpenTelemetry Collector's own bound). */
const MAX_BYTES = 20 * 1024 * 1024;

const inflate = promisify(gunzip);

/** What all requests together hold in memory at a time. */
export class ExportRoom {
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** @throws RATE_LIMITED */
  take(bytes: number): Disposable {
    if (this.#bytes + bytes > this.#maxBytes) {
      throw new PlatformError("RATE_LIMITED", "Too much telemetry arrives at once.", { retryable: true });
    }
    this.#bytes += bytes;
    return { [Symbol.dispose]: () => void (this.#bytes -= bytes) };
  }
}

export interface ExportBody {
  readonly encoding: OtlpEncoding;
  readonly bytes: Buffer;
}

/**
 * Attacker-controlled: a small body may inflate to a large one. Nobody looks at the size it claims, and nothing larger
 * than the bound is ever made of it. @throws UNSUPPORTED_MEDIA_TYPE, REQUEST_TOO_LARGE, PARSE_ERROR
 */
export async function readExport({ req }: Exchange): Promise<ExportBody> {
  const encoding = otlpEncodingOf(req.headers["content-type"]);
  if (encoding === undefined) {
    throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", "The body must be application/x-protobuf or application/json.");
  }
  const coding = req.headers["content-encoding"]?.trim().toLowerCase() ?? "identity";
  if (coding !== "identity" && coding !== "gzip") {
    throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", "The body may be compressed with gzip, and with nothing else.");
  }
  const bytes = await readBody(req, MAX_BYTES);
  return { encoding, bytes: coding === "gzip" && bytes.length > 0 ? await inflated(bytes) : bytes };
}

/** What a request may come to before it is read. */
export function roomFor({ req }: Exchange): number {
  const declared = Number(req.headers["content-length"] ?? Number.NaN);
  if (!(declared >= 0)) return MAX_BYTES;
  // Telemetry shrinks to about a tenth.
  return Math.min(MAX_BYTES, req.headers["content-encoding"] === undefined ? declared : declared * 10);
}

async function inflated(bytes: Buffer): Promise<Buffer> {
  try {
    return await inflate(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    if (error instanceof RangeError) {
      throw new PlatformError("REQUEST_TOO_LARGE", `The body is larger than ${MAX_BYTES} bytes when it is inflated.`);
    }
    throw new PlatformError("PARSE_ERROR", "The body is not valid gzip.", { cause: error });
  }
}
