import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlatformError } from "@berth/protocol";
import type { LogRecord } from "../log-record.ts";
import type { OtlpSignal } from "./otlp-batch.ts";
import { MAX_RECORDS } from "./batch-collector.ts";
import { LIMITS } from "./limits.ts";
import { readOtlp } from "./read-otlp.ts";
import { WireWriter } from "./wire-writer.ts";
import { writeOtlp } from "./write-otlp.ts";

const receivedUs = 1_790_000_000_000_000;
const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const SIGNALS: readonly OtlpSignal[] = ["traces", "logs", "metrics"];

describe("a request with something else in it", () => {
  it("rejects one by one the spans that a body of logs decodes as", () => {
    const logs: LogRecord[] = [1, 2, 3].map((n) => ({
      source: "agent",
      atUs: n,
      severity: 9,
      body: `line ${n}`,
      attributes: { n },
    }));
    const batch = readOtlp("traces", "protobuf", writeOtlp("logs", "protobuf", logs), { receivedUs });
    expect(batch).toMatchObject({
      records: [],
      invalid: 3,
      reason: "A span has no valid trace id (16 bytes, not all zero).",
    });
  });

  it("has no records when it is empty", () => {
    for (const signal of SIGNALS) {
      for (const encoding of ["protobuf", "json"] as const) {
        expect(readOtlp(signal, encoding, new Uint8Array(), { receivedUs })).toMatchObject({ records: [], invalid: 0 });
      }
    }
  });

  it("ends in an error of the caller, or in records, whatever the bytes are", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SIGNALS), fc.uint8Array({ maxLength: 80 }), (signal, bytes) => {
        expect(outcomeOf(() => readOtlp(signal, "protobuf", bytes, { receivedUs }))).toMatch(/^(read|PARSE_ERROR)$/);
      }),
      { numRuns: 500 },
    );
  });

  it("ends so too when bytes of a good request are changed or cut off", () => {
    const good = writeOtlp("traces", "protobuf", [
      {
        source: "agent",
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        name: "a",
        kind: "client",
        startUs: 1,
        status: "ok",
        attributes: { a: [1, { b: "c" }] },
      },
    ]);
    for (let length = 0; length < good.length; length++) {
      expect(outcomeOf(() => readOtlp("traces", "protobuf", good.subarray(0, length), { receivedUs }))).toMatch(
        /^(read|PARSE_ERROR)$/,
      );
    }
    for (let at = 0; at < good.length; at++) {
      const changed = good.with(at, (good[at] ?? 0) ^ 0xff);
      expect(outcomeOf(() => readOtlp("traces", "protobuf", changed, { receivedUs }))).toMatch(/^(read|PARSE_ERROR)$/);
    }
  });

  it("takes JSON of any shape", () => {
    fc.assert(
      fc.property(fc.constantFrom(...SIGNALS), fc.json(), (signal, json) => {
        expect(outcomeOf(() => readOtlp(signal, "json", encode(json), { receivedUs }))).toMatch(/^(read|PARSE_ERROR)$/);
      }),
      { numRuns: 200 },
    );
    for (const nonsense of ["{", "[]", "null", "1", "\u0000"])
      expect(outcomeOf(() => readOtlp("logs", "json", encode(nonsense), { receivedUs }))).toBe("PARSE_ERROR");
  });

  it("is refused when it has too many records to look at", () => {
    const body = message((writer) =>
      writer.message(1, () =>
        writer.message(2, () => {
          for (let n = 0; n <= MAX_RECORDS; n++) writer.message(2, () => {});
        }),
      ),
    );
    expect(outcomeOf(() => readOtlp("traces", "protobuf", body, { receivedUs }))).toBe("REQUEST_TOO_LARGE");
  });
});

describe("a span over JSON", () => {
  const read = (span: object): ReturnType<typeof readOtlp<"traces">> =>
    readOtlp("traces", "json", encode(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [span] }] }] })), {
      receivedUs,
    });
  const minimal = { traceId: TRACE_ID, spanId: SPAN_ID, startTimeUnixNano: "1790000000123456789" };

  it("has its times to the microsecond, which a double of nanoseconds has not", () => {
    expect(read(minimal).records[0]?.startUs).toBe(1_790_000_000_123_456);
    expect(read({ ...minimal, startTimeUnixNano: 1_000_000 }).records[0]?.startUs).toBe(1_000);
  });

  it("may have ids in base64 or capitals, and enum values by name", () => {
    const span = read({
      ...minimal,
      traceId: "CvdlGRbNQ92ESOshHIAxnA==",
      spanId: "B7AD6B7169203331",
      kind: "SPAN_KIND_CLIENT",
      status: { code: "STATUS_CODE_ERROR" },
    });
    expect(span.records[0]).toMatchObject({ traceId: TRACE_ID, spanId: SPAN_ID, kind: "client", status: "error" });
  });

  it("is none without ids that are ids, or without a start", () => {
    for (const wrong of [
      { traceId: "0".repeat(32) },
      { spanId: "0".repeat(16) },
      { traceId: "abc" },
      { spanId: 7 },
      { startTimeUnixNano: 0 },
    ]) {
      expect(read({ ...minimal, ...wrong })).toMatchObject({ records: [], invalid: 1 });
    }
  });

  it("keeps numbers that JSON cannot say, in words, and large integers as near as they come", () => {
    const attributes = [
      { key: "nan", value: { doubleValue: "NaN" } },
      { key: "far", value: { doubleValue: "-Infinity" } },
      { key: "large", value: { intValue: "9223372036854775807" } },
      { key: "list", value: { arrayValue: { values: [{ intValue: 1 }, { boolValue: false }] } } },
      { key: "map", value: { kvlistValue: { values: [{ key: "a", value: { bytesValue: "AQI=" } }] } } },
      { key: "none" },
    ];
    expect(read({ ...minimal, attributes }).records[0]?.attributes).toEqual({
      nan: "NaN",
      far: "-Infinity",
      large: 2 ** 63,
      list: [1, false],
      map: { a: "AQI=" },
      none: null,
    });
  });

  it("cannot reach the prototype of what it is put into, nor bring text that no store takes", () => {
    const attributes = [
      { key: "__proto__", value: { kvlistValue: { values: [{ key: "polluted", value: { boolValue: true } }] } } },
      { key: "nul", value: { stringValue: "a\0b\ud800" } },
    ];
    const { records, dropped } = read({ ...minimal, attributes });
    expect(Object.keys(records[0]?.attributes ?? {})).toEqual(["nul", "berth.dropped"]);
    expect(records[0]?.attributes["nul"]).toBe("a\ufffdb\ufffd");
    expect(records[0]?.attributes["polluted"]).toBe(undefined);
    expect(dropped).toBe(1);
  });

  it("has no more than there is room for, and says how much was left out", () => {
    const many = Array.from({ length: LIMITS.attributes + 5 }, (_, n) => ({ key: `k${n}`, value: { intValue: n } }));
    const { records, dropped } = read({ ...minimal, attributes: many, droppedAttributesCount: 2 });
    expect(dropped).toBe(5);
    expect(records[0]?.attributes["berth.dropped"]).toBe(7);
    const long = [{ key: "long", value: { stringValue: "x".repeat(LIMITS.stringLength + 1) } }];
    expect(read({ ...minimal, attributes: long }).records[0]?.attributes["long"]).toHaveLength(LIMITS.stringLength);
  });

  it("leaves out what is nested too deep", () => {
    let value: object = { stringValue: "deep" };
    for (let n = 0; n < 20; n++) value = { arrayValue: { values: [value] } };
    const { records, dropped } = read({ ...minimal, attributes: [{ key: "a", value }] });
    expect(dropped).toBe(1);
    expect(JSON.stringify(records[0]?.attributes["a"])).not.toContain("deep");
  });
});

describe("a request in protobuf", () => {
  it("may have unknown fields anywhere, and its resource behind its spans", () => {
    const body = message((writer) => {
      writer.text(99, "unknown");
      writer.message(1, () => {
        writer.message(2, () => {
          writer.message(2, () => {
            writer.fixed32(20, 7);
            writer.hex(1, TRACE_ID);
            writer.hex(2, SPAN_ID);
            writer.fixed64(7, 2_000);
            writer.double(21, 1);
            writer.int64(22, -1);
          });
          writer.message(1, () => writer.text(1, "late-scope"));
        });
        writer.message(1, () => writer.message(1, () => keyValue(writer, "service.name", "late")));
      });
    });
    expect(readOtlp("traces", "protobuf", body, { receivedUs }).records).toEqual([
      expect.objectContaining({ startUs: 2, scope: "late-scope", resource: { "service.name": "late" } }),
    ]);
  });

  it("leaves out what is nested too deep, without reading it", () => {
    const nest = (writer: WireWriter, depth: number): void => {
      if (depth > 0) writer.message(5, () => writer.message(1, () => nest(writer, depth - 1)));
    };
    const body = message((writer) =>
      writer.message(1, () =>
        writer.message(2, () => writer.message(2, () => writer.message(5, () => nest(writer, 500)))),
      ),
    );
    expect(readOtlp("logs", "protobuf", body, { receivedUs })).toMatchObject({ invalid: 0, dropped: 1 });
  });

  it("reads negative integers", () => {
    const body = message((writer) =>
      writer.message(1, () =>
        writer.message(2, () => writer.message(2, () => writer.message(5, () => writer.int64(3, -42)))),
      ),
    );
    expect(readOtlp("logs", "protobuf", body, { receivedUs }).records[0]).toMatchObject({
      body: "-42",
      atUs: receivedUs,
    });
  });
});

function outcomeOf(read: () => unknown): string {
  try {
    read();
    return "read";
  } catch (error) {
    return isPlatformError(error) ? error.reason : String(error);
  }
}

function message(write: (writer: WireWriter) => void): Uint8Array {
  const writer = new WireWriter();
  write(writer);
  return writer.finish();
}

function keyValue(writer: WireWriter, key: string, value: string): void {
  writer.text(1, key);
  writer.message(2, () => writer.text(1, value));
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
