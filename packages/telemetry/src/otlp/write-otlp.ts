import type { OtlpEncoding, OtlpSignal, SignalRecords } from "./otlp-batch.ts";
import { writeJson } from "./write-json.ts";
import { writeProtobuf } from "./write-protobuf.ts";

/**
 * An OTLP export request. Whose a record is goes into its resource (`service.name`, `berth.*`). Numbers that are whole are written as
 * integers, bytes as their base64 text, since records do not tell them apart.
 */
export function writeOtlp<S extends OtlpSignal>(
  signal: S,
  encoding: OtlpEncoding,
  records: readonly SignalRecords[S][],
): Uint8Array {
  return encoding === "json" ? writeJson(signal, records) : writeProtobuf(signal, records);
}
