import { expect, test } from "vitest";
import { LogBuffer } from "./log-buffer.ts";
import { line } from "./log.fixture.ts";
import { MOST_ROWS, indexAt, layoutRows, rowsOf } from "./wrap-layout.ts";

test("a text takes the rows that its cells need, colours aside", () => {
  expect(rowsOf("", 10)).toBe(1);
  expect(rowsOf("x".repeat(20), 10)).toBe(2);
  expect(rowsOf("x".repeat(21), 10)).toBe(3);
  expect(rowsOf("a\nb\n", 10)).toBe(3);
  expect(rowsOf(`\u001b[31m${"x".repeat(10)}\u001b[0m`, 10)).toBe(1);
  expect(rowsOf("漢".repeat(6), 10)).toBe(2);
  expect(rowsOf("x".repeat(100_000), 10)).toBe(MOST_ROWS);
});

test("each row is found in the line that it belongs to, also after the width has changed", () => {
  const buffer = new LogBuffer(10);
  buffer.append([line(1, "x".repeat(25)), line(2, "y"), line(3, "z".repeat(11))]);
  const starts = layoutRows(buffer, 10);
  expect([...starts]).toEqual([0, 3, 4, 6]);
  expect([0, 2, 3, 4, 5].map((row) => indexAt(starts, row))).toEqual([0, 0, 1, 2, 2]);
  expect([...layoutRows(buffer, 100)]).toEqual([0, 1, 2, 3]);
});
