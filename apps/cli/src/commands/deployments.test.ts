import { expect, test } from "vitest";
import type { FakeRoutes } from "../testing/fake-platform.ts";
import { runAgainst } from "../testing/run.ts";

const failed = {
  deploymentId: "dep_1",
  agent: "echo",
  release: null,
  status: "failed",
  source: { kind: "git", url: "https://git.example/a" },
  revision: { url: "https://git.example/a", commit: "0123456789abcdef0123" },
  steps: [{ name: "build", status: "failed", ms: 12 }],
  error: { reason: "BUILD_FAILED", message: "no \u001b[2Jway\nsecond line", step: "build" },
  createdAt: "2026-11-29T10:00:00.000Z",
  updatedAt: "2026-11-29T10:00:02.000Z",
};
const line = (seq: number) => ({
  seq,
  at: "2026-11-29T10:00:00.000Z",
  step: "build",
  stream: "stdout",
  text: `line ${seq}\u001b[2J`,
});

const ROUTES: FakeRoutes = {
  "GET /v1/deployments": { json: { deployments: [failed] } },
  "GET /v1/deployments/dep_1": { json: failed },
  "DELETE /v1/deployments/dep_1": { json: { ...failed, status: "canceled" } },
  "POST /v1/deployments/dep_1/retry": {
    json: { ...failed, deploymentId: "dep_2", status: "queued", retryOf: "dep_1" },
    status: 202,
  },
  "GET /v1/deployments/dep_1/log": { json: { lines: [line(1), line(2)] } },
  "GET /v1/deployments/dep_1/events": {
    events: [
      { id: "1", event: "log", data: line(1) },
      { event: "done", data: failed },
    ],
  },
  "GET /v1/deployments/dep_2/events": { events: [{ event: "done", data: { ...failed, deploymentId: "dep_2" } }] },
};

test("deployments are listed by agent and status, each with why it failed", async () => {
  const asked = ["deployments", "list", "--agent", "echo", "--status", "failed", "--limit", "5"];
  const { code, io, requests } = await runAgainst(ROUTES, asked);
  expect([code, requests[0]?.path]).toEqual([0, "/v1/deployments?agent=echo&status=failed&limit=5"]);
  expect(io.out()).toMatch(/dep_1 +echo +failed +https:\/\/git.example\/a 0123456789ab +2.0 s .*no way/);
  expect(io.out()).not.toContain("second line");
  expect((await runAgainst(ROUTES, ["deployments", "list", "--status", "running"])).code).toBe(2);
});

test("one is shown with its steps, and canceled", async () => {
  const { io } = await runAgainst(ROUTES, ["deployments", "show", "dep_1"]);
  expect(io.out()).toMatch(/build +failed 12 ms/);
  const canceled = await runAgainst(ROUTES, ["deployments", "cancel", "dep_1", "--json"]);
  expect(canceled.io.document()).toMatchObject({ status: "canceled" });
});

test("its log is shown whole, or followed to its end; as documents for programs", async () => {
  const whole = await runAgainst(ROUTES, ["deployments", "logs", "dep_1"]);
  expect(whole.io.out()).toMatch(/ build +line 1\n.* build +line 2\n$/);
  const followed = await runAgainst(ROUTES, ["deployments", "logs", "dep_1", "--follow", "--json"]);
  expect(followed.io.out()).toBe(`${JSON.stringify(line(1))}\n`);
});

test("a retry says from where, and is followed unless it is to be left alone", async () => {
  const { code, io, requests } = await runAgainst(ROUTES, ["deployments", "retry", "dep_1", "--from", "build"]);
  expect([code, JSON.parse(String(requests[0]?.body))]).toEqual([1, { from: "build" }]);
  expect(io.err()).toContain("BUILD_FAILED");
  const left = await runAgainst(ROUTES, ["deployments", "retry", "dep_1", "--detach", "--json"]);
  expect([left.code, left.io.document()]).toMatchObject([0, { deploymentId: "dep_2", retryOf: "dep_1" }]);
});
