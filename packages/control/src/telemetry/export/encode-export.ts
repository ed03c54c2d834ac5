import { promisify } from "node:util";
import { gzip } from "node:zlib";
import { writeOtlp } from "@berth/telemetry";
import type { OtlpEncoding } from "@berth/telemetry";
import type { ExportRecords } from "./destination-outbox.ts";

const compress = promisify(gzip);

/** The body of an OTLP request, compressed. */
export async function encodeExport({ signal, records }: ExportRecords, encoding: OtlpEncoding): Promise<Uint8Array> {
  return await compress(writeOtlp(signal, encoding, records));
}
