import { describe, expect, it } from "vitest";
import { formatTraceparent, parseTraceparent } from "./trace-context.ts";

const TRACE_ID = "0af7651916cd43dd8448eb211c80319c";
const SPAN_ID = "b7ad6b7169203331";
const GOOD = `00-${TRACE_ID}-${SPAN_ID}-01`;

describe("a traceparent", () => {
  it("is read, and written as it was", () => {
    const context = parseTraceparent(GOOD, "a=b,c=d");
    expect(context).toEqual({ traceId: TRACE_ID, spanId: SPAN_ID, sampled: true, traceState: "a=b,c=d" });
    expect(context === undefined ? "" : formatTraceparent(context)).toBe(GOOD);
  });

  it("of a later version may go on behind its flags", () => {
    expect(parseTraceparent(`cc-${TRACE_ID}-${SPAN_ID}-01-what-will-be`)).toMatchObject({ traceId: TRACE_ID });
    expect(parseTraceparent(`cc-${TRACE_ID}-${SPAN_ID}-01.what`)).toBe(undefined);
  });

  it("has flags of which only the first counts", () => {
    expect(parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-02`)?.sampled).toBe(false);
    expect(parseTraceparent(`00-${TRACE_ID}-${SPAN_ID}-ff`)?.sampled).toBe(true);
  });

  it.each([
    ["a version that never will be", `ff-${TRACE_ID}-${SPAN_ID}-01`],
    ["something behind the flags of version 00", `${GOOD}-more`],
    ["capitals", GOOD.toUpperCase()],
    ["a trace id of zeros", `00-${"0".repeat(32)}-${SPAN_ID}-01`],
    ["a parent id of zeros", `00-${TRACE_ID}-${"0".repeat(16)}-01`],
    ["too short an id", `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01`],
    ["flags of one digit", `00-${TRACE_ID}-${SPAN_ID}-1`],
    ["no flags", `00-${TRACE_ID}-${SPAN_ID}`],
    ["two of them in one header", `${GOOD},${GOOD}`],
    ["letters that are no hex digits", `00-${TRACE_ID.replace("a", "g")}-${SPAN_ID}-01`],
    ["nothing", ""],
  ])("with %s is none", (_, traceparent) => {
    expect(parseTraceparent(traceparent)).toBe(undefined);
  });

  it("is none when it is no text, as a header that came twice", () => {
    for (const value of [undefined, null, 7, {}, [GOOD, GOOD]]) expect(parseTraceparent(value)).toBe(undefined);
  });

  it("stays without a state that is too long or no text", () => {
    expect(parseTraceparent(GOOD, `a=${"x".repeat(511)}`)).not.toHaveProperty("traceState");
    expect(parseTraceparent(GOOD, ["a=b"])).not.toHaveProperty("traceState");
    expect(parseTraceparent(GOOD, "")).not.toHaveProperty("traceState");
  });
});
