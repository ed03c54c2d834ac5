import { expect, test } from "vitest";
import { agentOfPrefixed, prefixedName } from "./tool-name.ts";

test("a name in the list of all agents is plain where it can be", () => {
  expect(prefixedName("csv-analyst", "report")).toBe("csv_analyst__report");
  expect(agentOfPrefixed("csv_analyst__report")).toBe("csv-analyst");
  expect(agentOfPrefixed("report")).toBeUndefined();
});

test("no two skills share a name, and every name fits", () => {
  const pairs = [
    ["a", "b__c"],
    ["a--b", "c"],
    ["a-", "b"],
    ["a", "_b"],
    ["a", "b.c"],
    ["a", "b-c"],
    ["a", "b c"],
    ["a", "b_c"],
    ["a", "B_C"],
    ["a", ""],
    ["a".repeat(39), "x".repeat(200)],
    ["a".repeat(39), `${"x".repeat(199)}y`],
  ] as const;
  const names = pairs.map(([agent, skill]) => prefixedName(agent, skill));
  expect(new Set(names).size).toBe(pairs.length);
  for (const name of names) expect(name).toMatch(/^[a-z0-9_]{1,64}$/);
  expect(pairs.map(([agent, skill]) => prefixedName(agent, skill))).toEqual(names);
});
