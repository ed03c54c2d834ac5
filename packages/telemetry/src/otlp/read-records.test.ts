import { describe, expect, it } from "vitest";
import type { LogRecord } from "../log-record.ts";
import { readOtlp } from "./read-otlp.ts";

const receivedUs = 1_790_000_000_000_000;

describe("a log record", () => {
  const read = (log: object): LogRecord | undefined =>
    readOtlp("logs", "json", encode(JSON.stringify({ resourceLogs: [{ scopeLogs: [{ logRecords: [log] }] }] })), {
      receivedUs,
    }).records[0];

  it("is when it says, else when it was seen, else when it came", () => {
    expect(read({ body: { stringValue: "a" }, timeUnixNano: "5000", observedTimeUnixNano: "9000" })?.atUs).toBe(5);
    expect(read({ body: { stringValue: "a" }, observedTimeUnixNano: "9000" })?.atUs).toBe(9);
    expect(read({ body: { stringValue: "a" } })?.atUs).toBe(receivedUs);
  });

  it("has a severity by number, else by its text", () => {
    expect(read({ body: { stringValue: "a" }, severityNumber: 17 })?.severity).toBe(17);
    expect(read({ body: { stringValue: "a" }, severityText: "WARNING" })?.severity).toBe(13);
    expect(read({ body: { stringValue: "a" }, severityText: "loud" })?.severity).toBe(0);
  });

  it("may be an event, or a structure", () => {
    expect(read({ eventName: "started" })).toMatchObject({ body: "started", attributes: { "event.name": "started" } });
    expect(read({ body: { kvlistValue: { values: [{ key: "a", value: { intValue: 1 } }] } } })?.body).toBe('{"a":1}');
    expect(read({})).toBe(undefined);
  });
});

describe("a metric", () => {
  const read = (metric: object): ReturnType<typeof readOtlp<"metrics">> =>
    readOtlp(
      "metrics",
      "json",
      encode(JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: "m", ...metric }] }] }] })),
      { receivedUs },
    );

  it("of exponential buckets becomes one with explicit bounds", () => {
    const dataPoints = [
      {
        count: 10,
        sum: 1,
        scale: 0,
        zeroCount: 3,
        positive: { offset: 1, bucketCounts: ["1", "2"] },
        negative: { offset: 0, bucketCounts: [4] },
      },
    ];
    expect(read({ exponentialHistogram: { aggregationTemporality: 1, dataPoints } }).records[0]).toMatchObject({
      type: "histogram",
      count: 10,
      bounds: [-2, -1, 2, 4, 8],
      counts: [0, 4, 3, 1, 2, 0],
    });
  });

  it("of exponential buckets that no number can hold is left out", () => {
    const dataPoints = [{ scale: 0, positive: { offset: 5_000, bucketCounts: [1] } }];
    expect(read({ exponentialHistogram: { aggregationTemporality: 1, dataPoints } })).toMatchObject({
      records: [],
      invalid: 1,
    });
  });

  it("of summaries is left out, each point counted", () => {
    expect(read({ summary: { dataPoints: [{}, {}] } })).toMatchObject({ records: [], invalid: 2 });
  });

  it("says what it counts", () => {
    expect(read({ sum: { dataPoints: [{ asInt: "1" }] } })).toMatchObject({ invalid: 1 });
    expect(read({ gauge: { dataPoints: [{ asDouble: "NaN" }] } })).toMatchObject({ invalid: 1 });
    expect(
      read({
        histogram: { aggregationTemporality: 2, dataPoints: [{ bucketCounts: [1, 2], explicitBounds: [1, 2] }] },
      }),
    ).toMatchObject({ invalid: 1 });
    expect(
      read({
        histogram: { aggregationTemporality: 2, dataPoints: [{ bucketCounts: [1, 2, 3], explicitBounds: [2, 1] }] },
      }),
    ).toMatchObject({ invalid: 1 });
    expect(read({})).toMatchObject({ invalid: 1 });
  });

  it("that says it has no value has none", () => {
    expect(read({ gauge: { dataPoints: [{ flags: 1 }] } })).toMatchObject({ records: [], invalid: 0 });
  });
});

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
