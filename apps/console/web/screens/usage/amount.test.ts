import { expect, test } from "vitest";
import { money, toMicros } from "./amount.ts";

test("money keeps every millionth, and at least cents", () => {
  expect(["0", "0.012", "-0.004", "1234567.5", "0.000001"].map((text) => money(text))).toEqual([
    "$0.00",
    "$0.012",
    "−$0.004",
    "$1,234,567.50",
    "$0.000001",
  ]);
});

test("decimal text becomes exact millionths", () => {
  expect(["0.1", "-2.000001", "9007199254740993"].map(toMicros)).toEqual([
    100_000n,
    -2_000_001n,
    9007199254740993000000n,
  ]);
  expect(["", "1e3", "0.0000001", "<b>"].map(toMicros)).toEqual([undefined, undefined, undefined, undefined]);
});
