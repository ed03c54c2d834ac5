import { expect, it } from "vitest";
import { parseEventChoice } from "./event-ranges.ts";
import { LedgerError } from "./ledger-error.ts";

const chosen = (text: string): readonly number[] => {
  const choice = parseEventChoice(text);
  return Array.from({ length: 10 }, (_, i) => i + 1).filter((seq) => choice.has(seq));
};

it.each([
  ["all", [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]],
  ["none", []],
  ["3", [3]],
  ["1,5-7,9-9", [1, 5, 6, 7, 9]],
  ["8-999999999999999", [8, 9, 10]],
])("%s chooses %j", (text, expected) => {
  expect(chosen(text)).toEqual(expected);
});

it.each(["", "0", "5-3", "1,", "-1", "1-", "a", "1 ,2", "1e3", "all,1", "01"])("refuses %j", (text) => {
  expect(() => parseEventChoice(text)).toThrow(LedgerError);
});
