import { expect, test } from "vitest";
import { deploymentOf, earlierLines } from "./earlier-deployments.ts";

const EARLIER = {
  orgId: "org_1",
  deploymentId: "dep_1",
  status: "running",
  steps: [{ name: "unpack", status: "done", startedAt: "2026-11-01T00:00:00.000Z", ms: 3 }],
  log: "one\n\ntwo\n",
  createdBy: "key_1",
  createdAt: "2026-11-01T00:00:00.000Z",
  updatedAt: "2026-11-01T00:00:01.000Z",
  agentName: "fx",
};

test("a deployment that an earlier version was in the middle of has failed", () => {
  const read = deploymentOf(JSON.stringify(EARLIER));
  expect(read).toMatchObject({ status: "failed", error: { reason: "PLATFORM_RESTARTED" }, agentName: "fx" });
  expect(read).not.toHaveProperty("log");
  expect(deploymentOf(JSON.stringify({ ...EARLIER, status: "live" }))).toMatchObject({
    status: "live",
    options: { trust: false },
    principal: { id: "key_1", scopes: [] },
  });
});

test("its log is read line by line", () => {
  const lines = earlierLines(JSON.stringify(EARLIER));
  expect(lines.map(({ seq, text }) => [seq, text])).toEqual([
    [1, "one"],
    [2, ""],
    [3, "two"],
  ]);
  expect(earlierLines(JSON.stringify({ ...EARLIER, log: "" }))).toEqual([]);
  expect(earlierLines(JSON.stringify(deploymentOf(JSON.stringify(EARLIER))))).toEqual([]);
});
