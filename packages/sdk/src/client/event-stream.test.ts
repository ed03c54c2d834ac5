import { expect, test } from "vitest";
import { EventParser } from "./event-stream.ts";
import type { ServerSentEvent } from "./event-stream.ts";

const stream = [
  "\uFEFF: comment\r\nid: 1\r\ndata: one\r\n\r\n",
  "event: log\rdata: a\rdata:b\r\r",
  "id: 2\n\n",
  "data\n\n",
  "retry: 10\nunknown: x\ndata: ünïcode 🚀\n\n",
  "data: never dispatched\n",
]
  .join("")
  .slice(1);

const expected: readonly ServerSentEvent[] = [
  { event: "message", data: "one", id: "1" },
  { event: "log", data: "a\nb" },
  { event: "message", data: "" },
  { event: "message", data: "ünïcode 🚀" },
];

test.each([1, 2, 3, 7, 1000])("events are the same in chunks of %i characters", (size) => {
  const parser = new EventParser();
  const events: ServerSentEvent[] = [];
  for (let at = 0; at < stream.length; at += size) events.push(...parser.push(stream.slice(at, at + size)));
  expect(events).toEqual(expected);
});

test("an event without end is refused before it fills the memory", () => {
  const parser = new EventParser();
  const megabytes = "x".repeat(8 * 1024 * 1024);
  expect(() => {
    for (let i = 0; i < 5; i++) Array.from(parser.push(`data: ${megabytes}\n`));
  }).toThrow("exceeds");
});
