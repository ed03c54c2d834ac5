import type { SpanRecord } from "@berth/telemetry";

/** What a test of a destination sends: a trace of one span that says what it is. */
export function sampleSpan({
  beganAt,
  randomBytes,
}: {
  readonly beganAt: number;
  readonly randomBytes: (length: number) => Uint8Array;
}): SpanRecord {
  return {
    source: "platform",
    traceId: Buffer.from(randomBytes(16)).toString("hex"),
    spanId: Buffer.from(randomBytes(8)).toString("hex"),
    name: "berth destination test",
    kind: "internal",
    startUs: beganAt * 1_000,
    endUs: beganAt * 1_000 + 1_000,
    status: "ok",
    attributes: { "berth.test": true },
    resource: { "service.name": "berth" },
  };
}
