import { expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const amounts = { seconds: "1.5", inputTokens: 10, outputTokens: 4, charged: "0.5", refunded: "-0.1", amount: "0.4" };
const period = { from: "2026-11-01T00:00:00.000Z", to: "2026-12-01T00:00:00.000Z", currency: "USD" };
const usage = {
  ...period,
  groupBy: "agent",
  groups: [{ key: "agt_1", agentName: "echo", calls: 3, ...amounts }],
  total: { calls: 3, ...amounts },
};
const statement = {
  ...period,
  month: "2026-11",
  orgId: "org_1",
  lines: [{ agentId: "agt_1", agentName: "echo", principalId: "key_1", calls: 3, ...amounts }],
  total: { calls: 3, ...amounts },
  accounts: [],
};
const journal = {
  journalId: "jr_1-1",
  kind: "refund",
  taskId: "task_1",
  at: "2026-11-29T10:00:00.000Z",
  agentId: "agt_1",
  caller: "key_1",
  currency: "USD",
  amount: "-0.1",
};
const routes = {
  "GET /v1/usage": { json: usage },
  "GET /v1/statements/2026-11": { json: statement },
  "GET /v1/journals": { json: { journals: [journal], nextPageToken: "" } },
  "POST /v1/receipts/rcpt_1/refunds": { json: journal },
};

test("usage shows the groups and their total", async () => {
  const { io, requests } = await runAgainst(routes, ["usage", "--by", "agent", "--from", "2026-11-01"]);
  expect(io.out()).toMatch(/echo +3 +1\.5 +10 +4 +0\.4/);
  expect(io.out()).toMatch(/total +3 /);
  expect(requests.map(({ path }) => path).join()).toContain("groupBy=agent");
  expect((await runAgainst(routes, ["usage", "--json"])).io.document()).toEqual(usage);
  const wrong = await runAgainst(routes, ["usage", "--by", "callr"]);
  expect([wrong.code, wrong.io.err()]).toEqual([2, expect.stringContaining("Did you mean caller?")]);
});

test("billing statement shows a month, or writes it as the platform's CSV", async () => {
  expect((await runAgainst(routes, ["billing", "statement", "2026-11"])).io.out()).toMatch(/echo +key_1 +3 /);
  const csv = {
    "GET /v1/statements/2026-11": { text: "month\r\n2026-11\r\n", headers: { "content-type": "text/csv" } },
  };
  expect((await runAgainst(csv, ["billing", "statement", "2026-11", "--csv"])).io.out()).toBe("month\r\n2026-11\r\n");
  expect((await runAgainst(routes, ["billing", "statement", "2026-11", "--csv", "--json"])).code).toBe(2);
});

test("billing journals lists them", async () => {
  const { io } = await runAgainst(routes, ["billing", "journals", "--task", "task_1"]);
  expect(io.out()).toMatch(/jr_1-1 +2026-11-29T10:00:00\.000Z +agt_1 +key_1 +-0\.1 USD/);
});

test("billing refund sends amount and reason, and asks for a reason", async () => {
  const argv = ["billing", "refund", "rcpt_1", "--amount", "0.1", "--reason", "too late"];
  const { requests, code } = await runAgainst(routes, argv);
  expect(code).toBe(0);
  const sent = requests.find(({ method }) => method === "POST");
  expect(JSON.parse(sent?.body ?? "null")).toEqual({ amount: "0.1", reason: "too late" });
  expect((await runAgainst(routes, ["billing", "refund", "rcpt_1"])).code).toBe(2);
});
