import { describe, expect, it } from "vitest";
import {
  TRACE_METADATA,
  traceHeaders,
  traceOfCall,
  traceOfMeta,
  traceOfMetadata,
  withTraceMeta,
  withTraceMetadata,
} from "./propagation.ts";

const context = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  sampled: true,
  traceState: "a=b",
};
const other = { ...context, spanId: "00f067aa0ba902b7" };

describe("the trace of a call", () => {
  it("is that of its headers, else of its message, else a new one", () => {
    const metadata = withTraceMetadata({}, other);
    expect(traceOfCall(traceHeaders(context), metadata)).toEqual(context);
    expect(traceOfCall({ traceparent: "broken" }, metadata)).toEqual(other);
    expect(traceOfCall({}, { [TRACE_METADATA]: "broken" })).toBe(undefined);
    expect(traceOfCall({}, undefined)).toBe(undefined);
  });

  it("goes on in a message's metadata, in the place of the one that was there", () => {
    const before = withTraceMetadata({ kept: 1 }, other);
    const after = withTraceMetadata(before, context);
    expect(after).toEqual({
      kept: 1,
      [TRACE_METADATA]: { traceparent: traceHeaders(context).traceparent, tracestate: "a=b" },
    });
    expect(traceOfMetadata(after)).toEqual(context);
    expect(traceOfMetadata(before)).toEqual(other);
  });

  it("goes on in MCP's _meta, without baggage and without the state of another trace", () => {
    const { traceState: _, ...stateless } = context;
    const meta = withTraceMeta(
      { progressToken: 1, baggage: "user=7", tracestate: "old=1", traceparent: "old" },
      stateless,
    );
    expect(meta).toEqual({ progressToken: 1, traceparent: traceHeaders(context).traceparent });
    expect(traceOfMeta(meta)).toEqual(stateless);
    expect(traceOfMeta(undefined)).toBe(undefined);
  });
});
