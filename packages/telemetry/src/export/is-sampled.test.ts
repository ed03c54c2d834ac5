import { describe, expect, it } from "vitest";
import type { SpanRecord } from "../span.ts";
import { isSampled } from "./is-sampled.ts";

const span = (n: number, status: SpanRecord["status"] = "ok"): SpanRecord => ({
  source: "agent",
  // Spread over all ids by a multiplication.
  traceId: ((BigInt(n + 1) * 0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c834n) % 2n ** 128n).toString(16).padStart(32, "0"),
  spanId: "b7ad6b7169203331",
  name: "a",
  kind: "client",
  startUs: 1,
  status,
  attributes: {},
});

describe("the share of traces that is sent on", () => {
  it("is about as large as it should be, and grows by adding", () => {
    const spans = Array.from({ length: 2_000 }, (_, n) => span(n));
    const kept = [0.1, 0.5, 0.9].map((ratio) => new Set(spans.filter((each) => isSampled(each, ratio))));
    const [few, half, most] = kept;
    expect((few?.size ?? 0) / 2_000).toBeCloseTo(0.1, 1);
    expect((half?.size ?? 0) / 2_000).toBeCloseTo(0.5, 1);
    expect((most?.size ?? 0) / 2_000).toBeCloseTo(0.9, 1);
    expect(few?.isSubsetOf(half ?? new Set())).toBe(true);
    expect(half?.isSubsetOf(most ?? new Set())).toBe(true);
  });

  it("has all or nothing at its ends, but every error", () => {
    expect([1, 2, 3].some((n) => isSampled(span(n), 0))).toBe(false);
    expect([1, 2, 3].every((n) => isSampled(span(n), 1))).toBe(true);
    expect(isSampled(span(1, "error"), 0)).toBe(true);
    expect(
      isSampled({ source: "stdout", atUs: 1, severity: 17, body: "", attributes: {}, traceId: span(1).traceId }, 0),
    ).toBe(true);
  });

  it("has the log lines of its traces, and those of none", () => {
    const log = { source: "stdout", atUs: 1, severity: 9, body: "", attributes: {} } as const;
    expect(isSampled({ ...log, traceId: span(1).traceId }, 0)).toBe(false);
    expect(isSampled(log, 0)).toBe(true);
  });
});
