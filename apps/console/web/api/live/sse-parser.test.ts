import { expect, test } from "vitest";
import { SseParser } from "./sse-parser.ts";

const STREAM =
  ': hello\n\nevent: event\nid: 1\ndata: {"a":1}\n\nevent: gap\r\ndata: one\r\ndata: two\r\n\r\ndata:x\rdata\r\rid: 9\n\ndata: last\n\n';

test("reads events, comments aside, with every kind of line end", () => {
  expect(new SseParser().push(STREAM)).toEqual([
    { event: "event", id: "1", data: '{"a":1}' },
    { event: "gap", data: "one\ntwo" },
    { event: "message", data: "x\n" },
    { event: "message", data: "last" },
  ]);
});

test("gives the same events however the stream is cut into pieces", () => {
  const whole = new SseParser().push(STREAM);
  for (let first = 0; first <= STREAM.length; first += 1) {
    const parser = new SseParser();
    const second = Math.min(STREAM.length, first + 3);
    const pieces = [STREAM.slice(0, first), STREAM.slice(first, second), STREAM.slice(second)];
    expect(pieces.flatMap((piece) => parser.push(piece))).toEqual(whole);
  }
});
