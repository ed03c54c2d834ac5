import { array, assert, integer, property } from "fast-check";
import { expect, test } from "vitest";
import { SseParser } from "./sse-parser.ts";

function parse(text: string, chunkSizes: readonly number[] = [text.length * 4 + 1]): readonly string[] {
  const bytes = Buffer.from(text);
  const parser = new SseParser();
  const frames: string[] = [];
  let start = 0;
  for (let i = 0; start < bytes.length; i++) {
    const size = Math.max(1, chunkSizes[i % chunkSizes.length] ?? 1);
    frames.push(...parser.push(bytes.subarray(start, start + size)));
    start += size;
  }
  return [...frames, ...parser.end()];
}

test("reads the data of each frame and ignores comments, ids and names", () => {
  expect(parse(': hello\n\nid: 1\nevent: x\ndata: {"a":1}\n\ndata:two\nretry: 5\n\n')).toEqual(['{"a":1}', "two"]);
});

test("joins several data lines and takes off one space only", () => {
  expect(parse("data: a\ndata:  b\ndata\ndata:\n\n")).toEqual(["a\n b\n\n"]);
  expect(parse("database: no\n\n")).toEqual([]);
});

test("takes CRLF, CR and LF as line ends, whatever is mixed", () => {
  expect(parse("data: 1\r\n\r\ndata: 2\r\rdata: 3\n\ndata: 4\r\n\n")).toEqual(["1", "2", "3", "4"]);
});

test("a byte order mark at the start is not data", () => {
  expect(parse("\uFEFFdata: 1\n\n")).toEqual(["1"]);
});

test("a last frame without its empty line counts, a frame without data does not", () => {
  expect(parse("data: 1\n\nid: 2\n\ndata: 3")).toEqual(["1", "3"]);
  expect(parse("")).toEqual([]);
});

test("the frames are the same wherever the network splits the bytes", () => {
  const text = 'data: {"text":"für 日本 🚀"}\r\n\r\n: ping\r\n\r\ndata: a\ndata: b\r\rdata: ünd\n\n';
  const whole = parse(text);
  expect(whole).toEqual(['{"text":"für 日本 🚀"}', "a\nb", "ünd"]);
  assert(
    property(array(integer({ min: 1, max: 9 }), { minLength: 1 }), (sizes) => {
      expect(parse(text, sizes)).toEqual(whole);
    }),
  );
});

test("a line or a frame that never ends is refused instead of kept", () => {
  const endlessLine = new SseParser({ maxFrame: 100 });
  endlessLine.push(Buffer.from("data: "));
  expect(() => {
    for (let i = 0; i < 100; i++) endlessLine.push(Buffer.from("xx"));
  }).toThrow(expect.objectContaining({ reason: "INVALID_AGENT_RESPONSE" }));
  const endlessFrame = new SseParser({ maxFrame: 100 });
  expect(() => {
    for (let i = 0; i < 100; i++) endlessFrame.push(Buffer.from("data: x\n"));
  }).toThrow(expect.objectContaining({ reason: "INVALID_AGENT_RESPONSE" }));
});

test("a frame of 8 MB in small pieces takes time in proportion to its length", () => {
  const parser = new SseParser();
  const piece = Buffer.from("x".repeat(16 * 1024));
  parser.push(Buffer.from("data: "));
  for (let i = 0; i < 512; i++) expect(parser.push(piece)).toEqual([]);
  expect(parser.push(Buffer.from("\n\n"))[0]).toHaveLength(8 * 1024 * 1024);
});
