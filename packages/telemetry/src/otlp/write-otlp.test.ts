import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { SpanRecord } from "../span.ts";
import type { OtlpEncoding } from "./otlp-batch.ts";
import { readOtlp } from "./read-otlp.ts";
import { logRecord, metricPoint, spanRecord } from "./records.fixture.ts";
import { writeOtlp } from "./write-otlp.ts";

const RUNS = { numRuns: 60 };
const ENCODINGS: readonly OtlpEncoding[] = ["protobuf", "json"];
const receivedUs = 1;

describe.each(ENCODINGS)("a request in %s", (encoding) => {
  it("gives back the spans that were written", () => {
    fc.assert(
      fc.property(fc.array(spanRecord, { maxLength: 6 }), (spans) => {
        const batch = readOtlp("traces", encoding, writeOtlp("traces", encoding, spans), { receivedUs });
        expect(batch.invalid).toBe(0);
        expect(byKey(batch.records)).toEqual(byKey(spans));
      }),
      RUNS,
    );
  });

  it("gives back the logs that were written", () => {
    fc.assert(
      fc.property(fc.array(logRecord, { maxLength: 6 }), (logs) => {
        const batch = readOtlp("logs", encoding, writeOtlp("logs", encoding, logs), { receivedUs });
        expect(byKey(batch.records)).toEqual(byKey(logs));
      }),
      RUNS,
    );
  });

  it("gives back the metric points that were written", () => {
    fc.assert(
      fc.property(fc.array(metricPoint, { maxLength: 6 }), (points) => {
        const batch = readOtlp("metrics", encoding, writeOtlp("metrics", encoding, points), { receivedUs });
        expect(batch.reason).toBe(undefined);
        expect(byKey(batch.records)).toEqual(byKey(points));
      }),
      RUNS,
    );
  });

  it("says in its resource whose the records are", () => {
    const span: SpanRecord = { ...SPAN, agent: "planner", release: "rel_1", instanceId: "ins_1", resource: { a: 1 } };
    const [read] = readOtlp("traces", encoding, writeOtlp("traces", encoding, [span]), { receivedUs }).records;
    expect(read?.resource).toEqual({
      "service.name": "planner",
      a: 1,
      "berth.agent.name": "planner",
      "berth.release.id": "rel_1",
      "berth.instance.id": "ins_1",
    });
    expect(read?.agent).toBe(undefined);
  });

  it("carries on how much was left out", () => {
    const span: SpanRecord = { ...SPAN, attributes: { a: 1, "berth.dropped": 7 } };
    const bytes = writeOtlp("traces", encoding, [span]);
    expect(new TextDecoder().decode(bytes)).not.toContain("berth.dropped");
    expect(readOtlp("traces", encoding, bytes, { receivedUs }).records[0]?.attributes).toEqual(span.attributes);
  });
});

const SPAN: SpanRecord = {
  source: "agent",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  name: "a",
  kind: "server",
  startUs: 1,
  status: "ok",
  attributes: {},
};

/** Grouping by resource and scope changes the order. */
function byKey(records: readonly unknown[]): readonly unknown[] {
  return records.toSorted((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function sortKey(record: unknown): string {
  return JSON.stringify(record, (_, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
}
