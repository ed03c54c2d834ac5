import type { OtlpBatch, OtlpEncoding, OtlpSignal } from "./otlp-batch.ts";
import { readJson } from "./read-json.ts";
import { readProtobuf } from "./read-protobuf.ts";

export interface OtlpArrival {
  /** For records that do not say when they were. */
  readonly receivedUs: number;
}

/**
 * What an OTLP export request holds (opentelemetry-proto 1.x). Everything in it is its sender's choice: records that are none are left
 * out one by one and counted, unknown fields skipped, values bounded (`LIMITS`). Exponential histograms become histograms with explicit
 * bounds, summaries are left out as invalid, points that say "no value" vanish, exemplars are not read. An empty request has no records.
 * @throws PARSE_ERROR for what is no request at all, REQUEST_TOO_LARGE for too many records
 */
export function readOtlp<S extends OtlpSignal>(
  signal: S,
  encoding: OtlpEncoding,
  bytes: Uint8Array,
  { receivedUs }: OtlpArrival,
): OtlpBatch<S> {
  const batch = encoding === "json" ? readJson(signal, bytes, receivedUs) : readProtobuf(signal, bytes, receivedUs);
  // A batch of S; that S is one of the three, and so the type is that one's, is what a type parameter does not say.
  return batch as OtlpBatch<S>;
}
