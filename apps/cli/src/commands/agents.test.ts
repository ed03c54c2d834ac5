import { expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const wake = {
  at: "2026-11-29T12:00:00.000Z",
  instanceId: "ins_1",
  release: "rel_1",
  reason: "call",
  by: "usr_1",
  taskId: "task_1",
  roomMs: 0,
  startMs: 180,
  outcome: "ready",
};
const agent = {
  name: "echo",
  agentId: "agt_1",
  kind: "deployed",
  description: "Says it again.",
  version: "1.0.0",
  release: "rel_1",
  visibility: "public",
  tags: [],
  skills: [],
  url: "http://localhost:4100/agents/echo/",
  cardUrl: "http://localhost:4100/agents/echo/.well-known/agent-card.json",
  mcpUrl: "http://localhost:4100/agents/echo/mcp",
  state: "sleeping",
  trusted: false,
  instances: [],
  createdAt: "2026-11-29T12:00:00.000Z",
  updatedAt: "2026-11-29T12:00:00.000Z",
};
const health = {
  state: "crashlooping",
  restarts: 5,
  retryAt: "2026-11-29T12:01:00.000Z",
  reason: "crashed",
  since: "2026-11-29T12:00:30.000Z",
  release: "rel_1",
  detail: "it ended with exit code 1",
  instanceId: "ins_5",
  output: "TypeError: no\n  at agent.ts:1",
};

test("agents wakes says who woke the agent and why", async () => {
  const routes = {
    "GET /v1/agents/echo/wakes": {
      json: { wakes: [wake, { ...wake, outcome: "failed", detail: "AGENT_START_FAILED" }] },
    },
  };
  const { io } = await runAgainst(routes, ["agents", "wakes", "echo"]);
  expect(io.out()).toMatch(/call +usr_1 +ready +0 +180 +rel_1 +task_1/);
  expect(io.out()).toContain("failed: AGENT_START_FAILED");
  const asJson = await runAgainst(routes, ["agents", "wakes", "echo", "--limit", "1", "--json"]);
  expect(asJson.io.document()).toMatchObject({ wakes: [wake, {}] });
  const none = await runAgainst({ "GET /v1/agents/echo/wakes": { json: { wakes: [] } } }, ["agents", "wakes", "echo"]);
  expect(none.io.out()).toContain("Nothing woke it");
});

test("agents show says what went wrong last, when it is tried again, and what the agent printed", async () => {
  const routes = { "GET /v1/agents/echo": { json: { ...agent, health } } };
  const { io } = await runAgainst(routes, ["agents", "show", "echo"]);
  expect(io.out()).toMatch(/health +crashlooping; the next start may be tried at 2026-11-29T12:01:00.000Z/);
  expect(io.out()).toMatch(/last fault +2026-11-29T12:00:30.000Z: crashed: it ended with exit code 1/);
  expect(io.out()).toMatch(/restarts +5/);
  expect(io.out()).toMatch(/last output\n +TypeError: no/);
  const well = await runAgainst(
    { "GET /v1/agents/echo": { json: { ...agent, health: { state: "sleeping", restarts: 0 } } } },
    ["agents", "show", "echo"],
  );
  expect(well.io.out()).not.toMatch(/health|fault|restarts|last output/);
});
