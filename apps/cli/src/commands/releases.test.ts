import { expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const traffic = {
  agent: "echo",
  version: 7,
  active: "rel_1",
  shares: [
    { release: "rel_1", percent: 90 },
    { release: "rel_2", percent: 10 },
  ],
  ended: [
    { release: "rel_0", outcome: "rolled_back", reason: "2 of 2 calls failed.", endedAt: "2026-11-29T12:00:00Z" },
  ],
};
const release = {
  release: "rel_1",
  digest: "sha256:0",
  version: "1.2.0",
  createdAt: "2026-11-29T12:00:00.000Z",
  active: true,
  state: "live",
  percent: 90,
  health: "ready",
  calls: { completed: 5, failed: 2, other: 1, reasons: { AGENT_CRASHED: 2 } },
  previewUrl: "http://0rel1--echo.localhost:4100/",
};
const routes = {
  "GET /v1/agents/echo/releases": { json: { version: 7, releases: [release] } },
  "GET /v1/agents/echo/traffic": { json: traffic },
  "PUT /v1/agents/echo/traffic": { json: traffic },
  "POST /v1/agents/echo/promote": { json: traffic },
  "POST /v1/agents/echo/rollback": { json: traffic },
};
const sent = async (...argv: readonly string[]): Promise<unknown> => {
  const { requests } = await runAgainst(routes, argv);
  return JSON.parse(requests.find(({ method }) => method !== "GET")?.body ?? "null");
};

test("releases list shows what each release gets and how it does", async () => {
  const { io } = await runAgainst(routes, ["releases", "list", "echo"]);
  expect(io.out()).toMatch(/rel_1 +1\.2\.0 +live \* +90% +ready +8 +2 \(AGENT_CRASHED 2\)/);
  expect((await runAgainst(routes, ["releases", "list", "echo", "--json"])).io.document()).toEqual({
    releases: [release],
  });
});

test("traffic shows the split, or makes it", async () => {
  const { io } = await runAgainst(routes, ["traffic", "echo"]);
  expect(io.out()).toMatch(/rel_1 90%, rel_2 10%/);
  expect(io.out()).toMatch(/rel_0 rolled_back: 2 of 2 calls failed\./);
  expect(await sent("traffic", "echo", "rel_1=90", "rel_2=10")).toEqual({ shares: traffic.shares });
  const wrong = await runAgainst(routes, ["traffic", "echo", "rel_1"]);
  expect([wrong.code, wrong.io.err()]).toEqual([2, expect.stringContaining("RELEASE=PERCENT")]);
});

test("promote and rollback name the release, or the platform chooses", async () => {
  expect(await sent("promote", "echo", "rel_2")).toEqual({ release: "rel_2" });
  expect(await sent("rollback", "echo", "rel_0")).toEqual({ release: "rel_0" });
  expect(await sent("rollback", "echo")).toEqual({});
});
