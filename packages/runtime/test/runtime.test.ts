import { afterEach, expect, test } from "vitest";
import { createRuntime } from "../src/create-runtime.ts";
import { fakeSpec } from "../src/pool/fake-instances.ts";
import type { Runtime } from "../src/runtime.ts";
import { FakeSandboxDriver } from "./connector-fake-driver.ts";
import { scriptedAgent } from "./connector-scripted-agent.ts";

const open: Runtime[] = [];
afterEach(async () => {
  for (const runtime of open.splice(0)) await runtime.close(0);
});

function start(drivers: readonly FakeSandboxDriver[]): Runtime {
  let count = 0;
  const runtime = createRuntime({ drivers, now: Date.now, newInstanceId: () => `ins_${++count}` });
  open.push(runtime);
  return runtime;
}

const agent = scriptedAgent(() => {});
const trusted = { ...fakeSpec(), trusted: true };

test("drivers are probed and swept once before the first start, and closed in the end", async () => {
  const driver = new FakeSandboxDriver(agent);
  const runtime = start([driver]);
  await Promise.all([runtime.connector.readCard(fakeSpec()), runtime.capabilities()]);
  await runtime.close(0);
  expect(driver.calls).toEqual(["probe", "sweep", "start", "close"]);
});

test("untrusted code runs only where it is isolated; trusted code runs unconfined where that is there", async () => {
  const unconfined = new FakeSandboxDriver(agent, { name: "unconfined", isolates: false });
  const process = new FakeSandboxDriver(agent, { name: "process" });
  const runtime = start([unconfined, process]);
  await runtime.connector.readCard(fakeSpec());
  expect([unconfined.starts.length, process.starts.length]).toEqual([0, 1]);
  await runtime.connector.readCard({ ...trusted, releaseId: "rel_2" });
  expect([unconfined.starts.length, process.starts.length]).toEqual([1, 1]);
  expect(runtime.instances("agt_1").map(({ driver }) => driver)).toEqual(["process", "unconfined"]);
});

test("without isolation untrusted code is refused, with the reason and what to do", async () => {
  const broken = new FakeSandboxDriver(agent, { name: "process", isolates: false });
  const unconfined = new FakeSandboxDriver(agent, { name: "unconfined", isolates: false });
  const runtime = start([broken, unconfined]);
  await expect(runtime.connector.readCard(fakeSpec())).rejects.toMatchObject({
    reason: "ISOLATION_UNAVAILABLE",
    message: expect.stringContaining("it is a fake"),
    hint: expect.stringContaining("Use a real one."),
  });
  await runtime.connector.readCard({ ...trusted, releaseId: "rel_2" });
  expect(unconfined.starts).toHaveLength(1);
  expect(runtime.logs("agt_1", 10).map(({ text }) => text)).toContainEqual(
    expect.stringContaining("runs WITHOUT a sandbox"),
  );
});
