import { readOtlp } from "@berth/telemetry";
import type { OtlpBatch, OtlpSignal } from "@berth/telemetry";
import { DecodeThread } from "./decode-thread.ts";
import type { ExportBody } from "./read-export.ts";

/** Some ten milliseconds of reading. */
const LARGE_BYTES = 1024 * 1024;

const thread = new DecodeThread();

/** @throws PARSE_ERROR, REQUEST_TOO_LARGE, RATE_LIMITED */
export async function decodeExport(signal: OtlpSignal, { encoding, bytes }: ExportBody): Promise<OtlpBatch> {
  const receivedUs = Date.now() * 1_000;
  if (bytes.length > LARGE_BYTES) return await thread.read({ signal, encoding, bytes, receivedUs });
  return readOtlp(signal, encoding, bytes, { receivedUs });
}
