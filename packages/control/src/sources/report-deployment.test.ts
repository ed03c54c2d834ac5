import { PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { DeploymentRecord } from "@berth/store";
import { expect, test } from "vitest";
import type { DeployRequest, DeploymentEvent } from "../deploys/deploys.ts";
import { reportDeployment } from "./report-deployment.ts";

const pusher: Principal = { kind: "api_key", id: "key_1", orgId: "org_1", scopes: ["deploy"] };
const AT = "2026-11-29T12:00:00.000Z";
const source = { kind: "push", repository: "echo", ref: "refs/heads/main", commit: "c".repeat(40) } as const;
const queued: DeploymentRecord = {
  orgId: "org_1",
  deploymentId: "dep_1",
  status: "queued",
  source,
  options: { trust: false },
  steps: [],
  principal: pusher,
  createdBy: "key_1",
  createdAt: AT,
  updatedAt: AT,
};

/** What the pusher's git would show. */
async function shown(events: readonly DeploymentEvent[] | PlatformError): Promise<readonly string[]> {
  const lines: string[] = [];
  const requests: DeployRequest[] = [];
  const deploys = {
    async start(_principal: Principal, request: DeployRequest): Promise<DeploymentRecord> {
      requests.push(request);
      if (events instanceof PlatformError) throw events;
      return queued;
    },
    async *follow(): AsyncGenerator<DeploymentEvent> {
      if (!(events instanceof PlatformError)) yield* events;
    },
  };
  await reportDeployment(deploys, pusher, {
    name: "echo",
    ref: source.ref,
    commit: source.commit,
    write: async (chunk) => {
      lines.push(chunk.subarray(5).toString());
    },
    signal: new AbortController().signal,
  });
  expect(requests).toEqual([{ source, name: "echo", trust: false }]);
  return lines;
}

test("a pusher hears of each step that ends, of what is said, and of the end", async () => {
  const step = { name: "build", startedAt: AT } as const;
  const line = { seq: 1, at: AT, step: "build", stream: "stdout", text: "added 3 packages\u001b[31m" } as const;
  const lines = await shown([
    { seq: 0, kind: "status", status: "building" },
    { seq: 0, kind: "step", step: { ...step, status: "running" } },
    { seq: 1, kind: "log", line },
    { seq: 1, kind: "step", step: { ...step, status: "done", ms: 1_234 } },
    { seq: 1, kind: "done", deployment: { ...queued, status: "live" } },
  ]);
  expect(lines).toEqual([
    "deploying echo at cccccccccccc (dep_1)\n",
    "    added 3 packages [31m\n",
    "✓ build 1.2 s\n",
    "✓ echo is live\n",
  ]);
});

test("a pusher hears why nothing came of it, and where to look when it takes long", async () => {
  const error = { reason: "BUILD_FAILED", message: "agent.ts: a brace is missing" };
  const failed = await shown([{ seq: 1, kind: "done", deployment: { ...queued, status: "failed", error } }]);
  expect(failed.at(-1)).toBe("✗ failed: agent.ts: a brace is missing\n");
  expect((await shown([])).at(-1)).toBe("it goes on: a2a deployments logs dep_1\n");
  expect(await shown(new PlatformError("RATE_LIMITED", "Too many wait."))).toEqual([
    "✗ not deployed: Too many wait.\n",
  ]);
});
