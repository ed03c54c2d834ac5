import { expect, test } from "vitest";
import { FakeInstances, fakeSpec } from "./fake-instances.ts";
import { InstancePool } from "./instance-pool.ts";
import { ManualTimers, settle } from "./manual-timers.ts";
import type { Lease } from "./pooled-instance.ts";

const MIB = 1024 * 1024;

function world(): { readonly pool: InstancePool; readonly fakes: FakeInstances; readonly timers: ManualTimers } {
  const fakes = new FakeInstances();
  const timers = new ManualTimers();
  let count = 0;
  const newInstanceId = (): string => `ins_${++count}`;
  const lastOutput = (_agentId: string, instanceId: string): string => `printed by ${instanceId}`;
  const options = { start: fakes.start, timers, newInstanceId, log: () => {}, lastOutput };
  return { fakes, timers, pool: new InstancePool(options) };
}

type World = ReturnType<typeof world>;

async function use({ pool, fakes }: World): Promise<Lease> {
  const before = fakes.starts.length;
  const call = pool.acquire(fakeSpec(), { call: { by: "usr_1", taskId: "task_1" } });
  if (fakes.starts.length > before) fakes.at(before).ready();
  return await call;
}

async function crash(at: World): Promise<void> {
  const lease = await use(at);
  at.fakes.at(at.fakes.starts.length - 1).exit({ lastOutput: "TypeError: no" });
  await settle();
  lease.release();
}

test("a crash is remembered with its last output, and counted", async () => {
  const at = world();
  expect(at.pool.health("agt_1")).toEqual({ state: "sleeping", restarts: 0 });
  await crash(at);
  expect(at.pool.health("agt_1")).toMatchObject({
    state: "sleeping",
    restarts: 1,
    fault: { reason: "crashed", detail: "it ended with exit code 1", output: "TypeError: no", instanceId: "ins_1" },
  });
  const lease = await use(at);
  expect(at.pool.health("agt_1")).toMatchObject({ state: "ready", restarts: 1 });
  at.fakes.at(1).exit({ reason: "AGENT_OUT_OF_MEMORY", signal: "SIGKILL" });
  await settle();
  lease.release();
  expect(at.pool.health("agt_1").fault).toMatchObject({
    reason: "out_of_memory",
    detail: expect.stringContaining("512"),
  });
});

test("five crashes in a row are a loop: calls are refused with the reason until the wait is over, ever longer", async () => {
  const at = world();
  for (let i = 0; i < 5; i++) await crash(at);
  expect(at.pool.health("agt_1")).toMatchObject({ state: "crashlooping", restarts: 5, retryAt: expect.any(String) });
  await expect(at.pool.acquire(fakeSpec())).rejects.toMatchObject({
    reason: "AGENT_CRASHED",
    message: expect.stringContaining("crashed 5 times in a row (exit code 1)"),
    internal: expect.stringContaining("TypeError: no"),
    retryable: true,
    metadata: { crashes: "5", retryAfterSeconds: "10" },
  });
  expect(at.fakes.starts).toHaveLength(5);
  await at.timers.advance(10_000);
  expect(at.pool.health("agt_1").state).toBe("sleeping");
  await crash(at);
  await expect(at.pool.acquire(fakeSpec())).rejects.toMatchObject({ metadata: { retryAfterSeconds: "20" } });
  const other = at.pool.acquire(fakeSpec({}, { releaseId: "rel_2" }));
  at.fakes.at(6).ready();
  expect((await other).instance.releaseId).toBe("rel_2");
});

test("a call that is served ends the count, and crashes that are far apart are no loop", async () => {
  const at = world();
  for (let i = 0; i < 4; i++) await crash(at);
  (await use(at)).release();
  at.fakes.at(4).exit();
  await settle();
  for (let i = 0; i < 4; i++) await crash(at);
  expect(at.pool.health("agt_1").state).toBe("sleeping");
  await at.timers.advance(300_000);
  for (let i = 0; i < 4; i++) await crash(at);
  expect(at.pool.health("agt_1").state).toBe("sleeping");
});

test("an instance that grows towards its limit is replaced when it is idle, one that is large from the start is not", async () => {
  const at = world();
  const grow = async (mib: number): Promise<void> => {
    const lease = await use(at);
    at.fakes.at(at.fakes.starts.length - 1).rssBytes = mib * MIB;
    await at.timers.advance(10_000);
    lease.release();
    await settle();
  };
  await grow(480);
  await grow(500);
  expect(at.fakes.at(0).stops).toBe(0);
  at.fakes.at(0).exit({ reason: "STOPPED" });
  await settle();
  await grow(100);
  await grow(300);
  expect(at.fakes.at(1).stops).toBe(0);
  await grow(450);
  expect(at.fakes.at(1).stops).toBe(1);
  expect(at.pool.health("agt_1").fault).toMatchObject({
    reason: "leaked",
    detail: "it grew from 100 to 450 of 512 MiB",
    output: "printed by ins_2",
  });
});

test("a slow start is told although it came up, and a failing one shows when it is tried again", async () => {
  const at = world();
  const call = at.pool.acquire(fakeSpec());
  await at.timers.advance(16_000);
  at.fakes.at(0).ready();
  (await call).release();
  expect(at.pool.health("agt_1")).toMatchObject({ state: "ready", restarts: 0, fault: { reason: "slow_start" } });
  at.fakes.at(0).exit({ reason: "STOPPED" });
  await settle();
  const failed = at.pool.acquire(fakeSpec());
  at.fakes.at(1).fail("no luck");
  await expect(failed).rejects.toThrow("no luck");
  expect(at.pool.health("agt_1")).toMatchObject({
    state: "failing",
    restarts: 1,
    fault: { reason: "start_failed", detail: "no luck" },
  });
  expect(at.pool.wakes("agt_1", 10)).toMatchObject([
    { outcome: "failed", detail: "AGENT_START_FAILED", reason: "check" },
    { outcome: "ready", startMs: 16_000, roomMs: 0 },
  ]);
});

test("an instance that hangs is stopped and counted; an invalid card is told", async () => {
  const at = world();
  await use(at);
  at.pool.cardInvalid("ins_1", "the card has no name");
  expect(at.pool.health("agt_1")).toMatchObject({ restarts: 0, fault: { reason: "card_invalid" } });
  at.pool.discard("ins_1", "it did not answer");
  expect(at.fakes.at(0).stops).toBe(1);
  await settle();
  expect(at.pool.health("agt_1")).toMatchObject({ state: "sleeping", restarts: 1, fault: { reason: "hung" } });
});

test("a start that follows another for the same waiting call is that call's, too", async () => {
  const at = world();
  const spec = fakeSpec({ max: 2, concurrency: 1 });
  const calls = ["usr_1", "usr_2"].map(
    async (by) => await at.pool.acquire(spec, { call: { by, taskId: `task_${by}` } }),
  );
  at.fakes.at(0).ready();
  await calls[0];
  at.fakes.at(1).fail("no");
  await at.timers.advance(250);
  at.fakes.at(0).exit();
  await settle();
  expect(at.fakes.starts).toHaveLength(3);
  at.fakes.at(2).ready();
  await calls[1];
  expect(at.pool.wakes("agt_1", 1)).toMatchObject([{ reason: "call", by: "usr_2", outcome: "ready" }]);
});

test("who woke the agent is kept, the last hundred times", async () => {
  const at = world();
  for (let i = 0; i < 105; i++) {
    (await use(at)).release();
    at.fakes.at(i).exit({ reason: "STOPPED" });
    await settle();
  }
  const wakes = at.pool.wakes("agt_1", 1_000);
  expect(wakes).toHaveLength(100);
  expect(wakes[0]).toMatchObject({ instanceId: "ins_105", reason: "call", by: "usr_1", taskId: "task_1" });
  expect(at.pool.wakes("agt_2", 10)).toEqual([]);
});

test("a wake says how the instance came up, where its driver knows", async () => {
  const at = world();
  const boots = [{ kind: "warm" }, { kind: "cold", reason: "no jail was ready" }, undefined] as const;
  for (const [index, boot] of boots.entries()) {
    const call = at.pool.acquire(fakeSpec());
    at.fakes.at(index).ready(boot);
    (await call).release();
    at.fakes.at(index).exit({ reason: "STOPPED" });
    await settle();
  }
  expect(at.pool.wakes("agt_1", 10).map(({ detail }) => detail)).toEqual([
    undefined,
    "cold: no jail was ready",
    "warm",
  ]);
});
