import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TUNNEL_LIMITS, TunnelViolation, decodeChunk, encodeChunk, encodeFrame } from "./frames.ts";
import type { TunnelFrame } from "./frames.ts";
import { parseFrame } from "./parse-frame.ts";

const id = fc.integer({ min: 1, max: 0xffff_ffff });
const word = fc.string({ maxLength: 50 });
const headers = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/),
  fc.stringMatching(/^[\u0020-\u007e]{0,40}$/),
  { maxKeys: 5, noNullPrototype: true },
);
const path = fc.stringMatching(/^\/[a-z0-9?=&%._-]{0,40}$/);
const time = fc.integer({ min: 0, max: 4e12 });
const frame: fc.Arbitrary<TunnelFrame> = fc.oneof(
  fc.record({
    type: fc.constant("request" as const),
    id,
    method: fc.constantFrom("GET", "POST", "DELETE"),
    path,
    headers,
  }),
  fc.record({ type: fc.constant("response" as const), id, status: fc.integer({ min: 200, max: 599 }), headers }),
  fc.record({ type: fc.constant("end" as const), id }),
  fc.record({ type: fc.constant("cancel" as const), id, reason: word }),
  fc.record({
    type: fc.constant("window" as const),
    id,
    bytes: fc.integer({ min: 1, max: TUNNEL_LIMITS.windowBytes }),
  }),
  fc.record({
    type: fc.constant("log" as const),
    lines: fc.array(
      fc.record({ at: time, stream: fc.constantFrom("stdout" as const, "stderr" as const), text: word }),
      {
        maxLength: 5,
      },
    ),
    dropped: fc.nat(),
  }),
  fc.record({ type: fc.constant("clock" as const), sentAt: time, at: time }),
  fc.record({ type: fc.constant("refused" as const), reason: word, message: word }),
);

/** The frame, or the violation that it is; anything else is a bug. */
function outcome(text: string): unknown {
  try {
    return parseFrame(text);
  } catch (error) {
    expect(error).toBeInstanceOf(TunnelViolation);
    return error;
  }
}

describe("the frames of a tunnel", () => {
  it("come out as they went in", () => {
    fc.assert(
      fc.property(frame, (each) => {
        expect(parseFrame(encodeFrame(each))).toEqual(each);
      }),
    );
  });

  it("are a frame or a violation, whatever arrives", () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void outcome(text)));
  });

  it("are a frame or a violation when one field of a good one holds anything", () => {
    fc.assert(
      fc.property(frame, fc.nat(), fc.jsonValue(), (each, index, value) => {
        const fields = Object.keys(each);
        const field = fields[index % fields.length] ?? "type";
        void outcome(JSON.stringify({ ...each, [field]: value }));
      }),
    );
  });

  it("carry bytes with their id", () => {
    fc.assert(
      fc.property(id, fc.uint8Array({ minLength: 1, maxLength: 1_000 }), (to, bytes) => {
        expect(decodeChunk(encodeChunk(to, bytes))).toEqual({ id: to, bytes });
      }),
    );
  });

  it("refuse bytes that are none, or too many", () => {
    for (const bytes of [new Uint8Array(0), new Uint8Array(4), new Uint8Array(5 + TUNNEL_LIMITS.chunkBytes)]) {
      expect(() => decodeChunk(bytes)).toThrow(TunnelViolation);
    }
  });

  it.each([
    ["a path that ends the request line", { path: "/x HTTP/1.1\r\nhost: evil" }],
    ["a path that names another host", { path: "//evil.example/" }],
    ["a header that begins another", { headers: { "x-a": "1\r\nx-b: 2" } }],
    ["a header's name with a line break", { headers: { "x\n": "1" } }],
    ["a method that is none", { method: "GET /" }],
    ["an id that is no number of ours", { id: 0 }],
    ["too many headers", { headers: Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`h${n}`, ""])) }],
  ])("refuse a request with %s", (_what, change) => {
    const good = { type: "request", id: 1, method: "GET", path: "/", headers: {} };
    expect(parseFrame(JSON.stringify(good))).toEqual(good);
    expect(() => parseFrame(JSON.stringify({ ...good, ...change }))).toThrow(TunnelViolation);
  });
});
