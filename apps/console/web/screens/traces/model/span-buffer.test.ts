import { expect, test } from "vitest";
import { SpanBuffer } from "./span-buffer.ts";
import { span } from "./spans.fixture.ts";

test("a span that has ended replaces the one that goes on, in whatever order they come", () => {
  const buffer = new SpanBuffer();
  expect(buffer.merge([span("a", 0), span("b", 1, 2, "a")])).toBe(true);
  expect(buffer.merge([span("a", 0, 9)])).toBe(true);
  expect(buffer.merge([span("a", 0)])).toBe(false);
  expect(buffer.spans.map(({ spanId, endUs }) => [spanId, endUs])).toEqual([
    ["a", 9],
    ["b", 2],
  ]);
});

test("what is known already is no change", () => {
  const buffer = new SpanBuffer();
  buffer.merge([span("a", 0, 5)]);
  const before = buffer.spans;
  expect(buffer.merge([span("a", 0, 5)])).toBe(false);
  expect(buffer.spans).toBe(before);
});
