import { expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const run = {
  runId: "eval_1",
  agent: "echo",
  release: "rel_1",
  suite: "basics",
  status: "failed",
  threshold: "0.9",
  total: 2,
  score: "0.500",
  startedBy: "usr_1",
  startedAt: "2026-11-29T10:00:00.000Z",
  cases: [
    { id: "one", score: "1.000", passed: true, failures: [], taskId: "task_1", receiptId: "rcpt_1" },
    { id: "two", score: "0.000", passed: false, failures: ["exact: \u001b[31mno"], taskId: "task_2" },
    { id: "three", passed: false, failures: [], notScored: "no model \u001b[31mis set up" },
  ],
};
const { cases: _cases, ...summary } = run;
const suite = { name: "basics", skill: "echo", threshold: "0.9", timeoutSeconds: 60, cases: ["one", "two"] };
const agent = {
  name: "echo",
  evals: { suite: "basics", score: "0.500", passed: false, at: "2026-11-29T10:00:01.000Z", release: "rel_1" },
};
const routes = {
  "GET /v1/agents": { json: { agents: [agent, { name: "unscored" }], nextPageToken: "" } },
  "GET /v1/agents/echo/evals": { json: { suites: [suite] } },
  "GET /v1/agents/echo/evals/runs": { json: { runs: [summary] } },
  "POST /v1/agents/echo/evals/runs": { json: { ...run, status: "running", cases: [] }, status: 202 },
  "GET /v1/agents/echo/evals/runs/eval_1": { json: run },
  "POST /v1/agents/echo/evals/runs/eval_1/cancel": { json: { ...run, status: "canceled" } },
};

test("evals shows the last scores, or the suites and the last runs of one agent", async () => {
  const scores = await runAgainst(routes, ["evals"]);
  expect(scores.io.out()).toMatch(/echo +basics +0\.500 +failed/);
  expect(scores.io.out()).not.toContain("unscored");
  const { io } = await runAgainst(routes, ["evals", "echo"]);
  expect(io.out()).toMatch(/basics +echo +2 +0\.9/);
  expect(io.out()).toMatch(/eval_1 +basics +failed +0\.500 +rel_1/);
});

test("evals run runs every suite, waits, and ends with 1 when one does not pass", async () => {
  const { io, code, requests } = await runAgainst(routes, ["evals", "run", "echo"]);
  expect(code).toBe(1);
  expect(io.out()).toContain("basics failed: 0.500, 0.9 is needed");
  expect(io.out()).not.toContain("\u001b[31mno");
  const sent = requests.find(({ method }) => method === "POST");
  expect(JSON.parse(sent?.body ?? "null")).toEqual({ suite: "basics" });
  const passed = { ...routes, "GET /v1/agents/echo/evals/runs/eval_1": { json: { ...run, status: "passed" } } };
  expect((await runAgainst(passed, ["evals", "run", "echo", "--suite", "basics"])).code).toBe(0);
});

test("evals samples shows the real tasks that were scored", async () => {
  const sample = {
    taskId: "task_9",
    suite: "basics",
    release: "rel_1",
    at: "2026-11-29T10:00:01.000Z",
    failures: ["x"],
  };
  const { io, requests } = await runAgainst(
    { "GET /v1/agents/echo/evals/samples": { json: { samples: [{ ...sample, score: "0.500", passed: false }] } } },
    ["evals", "samples", "echo", "--limit", "5"],
  );
  expect(io.out()).toMatch(/task_9 +basics +0\.500 +rel_1 .*x/);
  expect(requests[0]?.path).toContain("limit=5");
});

test("evals show and evals cancel show a run case by case", async () => {
  const { io } = await runAgainst(routes, ["evals", "show", "echo", "eval_1"]);
  expect(io.out()).toMatch(/two +0\.000 +task_2 +exact:/);
  expect(io.out()).toMatch(/three +not scored: no model .*is set up/);
  expect(io.out()).not.toContain("\u001b[31m");
  const canceled = await runAgainst(routes, ["evals", "cancel", "echo", "eval_1", "--json"]);
  expect(canceled.io.document()).toMatchObject({ status: "canceled" });
});
