import { expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const rules = [
  { subject: "organization", maxCost: "100" },
  { subject: "principal", id: "key_1", callsPerMinute: 60 },
];
const settings = { rules, defaults: { call: 60_000 } };
const routes = {
  "GET /v1/limits": { json: settings },
  "PUT /v1/limits": { json: settings },
  "GET /v1/limits/usage": {
    json: {
      month: "2026-11",
      resetsAt: "2026-12-01T00:00:00.000Z",
      usage: [{ subject: "agent", id: "agt_1", calls: 3, tokens: 70, cost: "0.5" }],
    },
  },
};
const put = async (...argv: readonly string[]): Promise<unknown> => {
  const { requests } = await runAgainst(routes, ["limits", ...argv]);
  return JSON.parse(requests.find(({ method }) => method === "PUT")?.body ?? "null");
};

test("limits shows the rules and the platform's own rates", async () => {
  const { io } = await runAgainst(routes, ["limits"]);
  expect(io.out()).toMatch(/organization +each +max-cost 100/);
  expect(io.out()).toMatch(/principal +key_1 +calls-per-minute 60/);
  expect(io.out()).toContain("per minute: call 60000.");
  expect((await runAgainst(routes, ["limits", "--json"])).io.document()).toEqual(settings);
});

test("limits set changes what it names and keeps the rest", async () => {
  expect(await put("set", "principal", "key_1", "--max-tokens", "9")).toEqual({
    rules: [rules[0], { ...rules[1], maxTokens: 9 }],
  });
  expect(await put("set", "task", "--max-cost", "0.50")).toEqual({
    rules: [...rules, { subject: "task", maxCost: "0.50" }],
  });
});

test("limits clear takes one away", async () => {
  expect(await put("clear", "principal", "key_1")).toEqual({ rules: [rules[0]] });
});

test("limits set says what is wrong", async () => {
  const wrong = await runAgainst(routes, ["limits", "set", "principle", "--max-calls", "1"]);
  expect([wrong.code, wrong.io.err()]).toEqual([2, expect.stringContaining("Did you mean principal?")]);
  expect((await runAgainst(routes, ["limits", "set", "task"])).code).toBe(2);
});

test("limits usage shows this month", async () => {
  expect((await runAgainst(routes, ["limits", "usage"])).io.out()).toMatch(/agent +agt_1 +3 +70 +0\.5/);
});
