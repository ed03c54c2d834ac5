import { expect, test } from "vitest";
import { budgetLines } from "./budget-share.ts";

const USAGE = [
  { subject: "organization", id: "org_1", calls: 90, tokens: 10, cost: "2.5" },
  { subject: "agent", id: "echo", calls: 5, tokens: 0, cost: "0" },
  { subject: "agent", id: "csv", calls: 50, tokens: 0, cost: "1" },
];

test("budgets are held against what was used, the fullest first", () => {
  const lines = budgetLines(
    [
      { subject: "organization", maxCalls: 100, maxCost: "10" },
      { subject: "agent", maxCalls: 100 },
      { subject: "agent", id: "csv", maxCalls: 50 },
      { subject: "task", maxCost: "1" },
    ],
    USAGE,
  );
  expect(lines.map(({ id, what, share }) => [id, what, share])).toEqual([
    ["csv", "calls", 1],
    ["org_1", "calls", 0.9],
    ["org_1", "cost", 0.25],
    ["echo", "calls", 0.05],
  ]);
});

test("a budget of nothing is used up", () => {
  expect(budgetLines([{ subject: "organization", maxCost: "0" }], USAGE)[0]?.share).toBe(1);
});
