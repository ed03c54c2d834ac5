import { TRACE_METADATA } from "@berth/telemetry";
import { expect, test } from "vitest";
import { traceOfRun } from "./trace-of-run.ts";

const message = { messageId: "m", role: "ROLE_USER", parts: [] } as const;
const [traceId, spanId] = ["1".repeat(32), "2".repeat(16)];

test("a run knows its place in the trace, and so do its log lines", () => {
  const traceparent = `00-${traceId}-${spanId}-01`;
  const metadata = { [TRACE_METADATA]: { traceparent, tracestate: "vendor=1" } };
  expect(traceOfRun({ ...message, metadata })).toEqual({ traceparent, fields: { traceId, spanId } });
});

test.each([undefined, {}, { [TRACE_METADATA]: { traceparent: "nothing" } }])("alone it has none: %j", (metadata) => {
  const alone = metadata === undefined ? message : { ...message, metadata };
  expect(traceOfRun(alone)).toEqual({ traceparent: undefined, fields: {} });
});
