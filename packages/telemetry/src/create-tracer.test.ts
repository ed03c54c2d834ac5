import { describe, expect, it } from "vitest";
import { createTracer } from "./create-tracer.ts";
import type { SpanRecord } from "./span.ts";
import type { Tracer } from "./tracer.ts";

function tracer(): {
  readonly tracer: Tracer;
  readonly spans: (SpanRecord & { readonly orgId: string })[];
  readonly clock: { nowUs: number };
} {
  const spans: (SpanRecord & { readonly orgId: string })[] = [];
  const clock = { nowUs: 1_000 };
  let byte = 0;
  const sink = {
    spans: (orgId: string, records: readonly SpanRecord[]) => {
      for (const record of records) spans.push({ orgId, ...record });
    },
    logs: () => {},
    metrics: () => {},
  };
  const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(++byte);
  return { tracer: createTracer({ sink, now: () => clock.nowUs, randomBytes }), spans, clock };
}

describe("a span of the platform", () => {
  it("is handed on once, when it ends", () => {
    const { tracer: made, spans, clock } = tracer();
    const span = made.start({
      orgId: "org_1",
      name: "SendMessage",
      kind: "server",
      attributes: { a: 1 },
      origin: { agent: "planner", taskId: "tsk_1" },
    });
    span.set("b", 2);
    span.event("queued", { n: 1 });
    expect(spans).toEqual([]);
    clock.nowUs = 5_000;
    span.end({ status: "error", message: "no" });
    span.end();
    span.set("late", true);
    span.event("late");
    expect(spans).toEqual([
      {
        orgId: "org_1",
        source: "platform",
        agent: "planner",
        taskId: "tsk_1",
        traceId: span.context.traceId,
        spanId: span.context.spanId,
        name: "SendMessage",
        kind: "server",
        startUs: 1_000,
        endUs: 5_000,
        status: "error",
        statusMessage: "no",
        attributes: { a: 1, b: 2 },
        events: [{ name: "queued", atUs: 1_000, attributes: { n: 1 } }],
      },
    ]);
  });

  it("is seen while it is under way when that is asked for", () => {
    const { tracer: made, spans } = tracer();
    const span = made.start({ orgId: "org_1", name: "run", kind: "internal", live: true });
    span.end();
    expect(spans.map(({ spanId, endUs }) => ({ spanId, endUs }))).toEqual([
      { spanId: span.context.spanId, endUs: undefined },
      { spanId: span.context.spanId, endUs: 1_000 },
    ]);
  });

  it("is of its parent's trace, with its parent's state and choice", () => {
    const { tracer: made, spans } = tracer();
    const parent = {
      traceId: "0af7651916cd43dd8448eb211c80319c",
      spanId: "b7ad6b7169203331",
      sampled: false,
      traceState: "a=b",
    };
    const span = made.start({ orgId: "org_1", name: "run", kind: "internal", parent });
    span.end();
    expect(span.context).toEqual({ ...parent, spanId: span.context.spanId });
    expect(spans[0]).toMatchObject({ parentSpanId: parent.spanId, traceState: "a=b" });
  });

  it("never has an id of zeros, nor ends before it began", () => {
    const spans: SpanRecord[] = [];
    const sink = {
      spans: (_: string, records: readonly SpanRecord[]) => void spans.push(...records),
      logs: () => {},
      metrics: () => {},
    };
    const made = createTracer({ sink, now: () => 10, randomBytes: (length) => new Uint8Array(length) });
    const span = made.start({ orgId: "org_1", name: "a", kind: "internal", startUs: 20 });
    span.end();
    expect(span.context).toMatchObject({ traceId: `${"0".repeat(31)}1`, spanId: `${"0".repeat(15)}1` });
    expect(spans[0]?.endUs).toBe(20);
  });

  it("holds a bounded number of attributes and events", () => {
    const { tracer: made, spans } = tracer();
    const span = made.start({ orgId: "org_1", name: "a", kind: "internal" });
    for (let n = 0; n < 1_000; n++) {
      span.set(`k${n}`, n);
      span.event("e");
    }
    span.set("k0", "new");
    span.end();
    expect(Object.keys(spans[0]?.attributes ?? {})).toHaveLength(128);
    expect(spans[0]?.attributes["k0"]).toBe("new");
    expect(spans[0]?.events).toHaveLength(128);
  });
});
