import { expect, test } from "vitest";
import { FakeInstances, fakeSpec } from "./fake-instances.ts";
import { InstancePool } from "./instance-pool.ts";
import type { InstancePoolOptions } from "./instance-pool.ts";
import { ManualTimers, settle } from "./manual-timers.ts";
import type { Lease } from "./pooled-instance.ts";

interface World {
  readonly pool: InstancePool;
  readonly fakes: FakeInstances;
  readonly timers: ManualTimers;
}

function world(options: Partial<InstancePoolOptions> = {}): World {
  const fakes = new FakeInstances();
  const timers = new ManualTimers();
  let count = 0;
  const newInstanceId = (): string => `ins_${++count}`;
  const log = (): void => {};
  return { fakes, timers, pool: new InstancePool({ start: fakes.start, timers, newInstanceId, log, ...options }) };
}

async function use({ pool, fakes }: World, spec: ReturnType<typeof fakeSpec>): Promise<Lease> {
  const before = fakes.starts.length;
  const call = pool.acquire(spec);
  if (fakes.starts.length > before) fakes.at(before).ready();
  return await call;
}

const stopsOf = ({ fakes }: World): readonly number[] => fakes.starts.map(({ stops }) => stops);
const call = (by: string): { readonly call: { readonly by: string; readonly taskId: string } } => ({
  call: { by, taskId: `task_${by}` },
});

test("another instance starts before the first is full, and calls do not wait for it", async () => {
  const at = world();
  const spec = fakeSpec({ max: 3, concurrency: 10 });
  for (let i = 0; i < 7; i++) await use(at, spec);
  expect(at.fakes.starts).toHaveLength(1);
  expect((await at.pool.acquire(spec)).instance.instanceId).toBe("ins_1");
  expect(at.fakes.starts).toHaveLength(2);
  at.fakes.at(1).ready();
  await settle();
  expect(at.pool.wakes("agt_1", 1)).toMatchObject([{ reason: "load", outcome: "ready" }]);
  expect((await use(at, spec)).instance.instanceId).toBe("ins_2");
});

test("when the load falls, instances go one by one, each after idleSeconds", async () => {
  const at = world();
  const spec = fakeSpec({ max: 3, concurrency: 1, idleSeconds: 10, min: 1 });
  const leases = [await use(at, spec), await use(at, spec), await use(at, spec)];
  leases[0]?.release();
  leases[1]?.release();
  // Constant little load, spread over all, keeps every one from its own idle time.
  const busy = async (seconds: number): Promise<void> => {
    for (let i = 0; i < seconds; i++) {
      for (let j = 0; j < 2; j++) (await use(at, spec)).release();
      await at.timers.advance(1_000);
    }
  };
  await busy(10);
  expect(stopsOf(at).reduce((sum, stops) => sum + stops, 0)).toBeLessThanOrEqual(1);
  leases[2]?.release();
  await at.timers.advance(40_000);
  expect(stopsOf(at).reduce((sum, stops) => sum + stops, 0)).toBe(2);
});

test("a full queue refuses with what was asked for in berth.json and when to try again", async () => {
  const at = world();
  const spec = fakeSpec({ concurrency: 1, queueLimit: 1, queueSeconds: 2 });
  await use(at, spec);
  const wish = { onQueued: () => {} };
  const waiting = at.pool.acquire(spec, wish);
  expect(at.pool.position(spec, wish)).toBe(1);
  expect(() => at.pool.assertRoom(spec)).toThrow("1 calls waiting");
  await expect(at.pool.acquire(spec)).rejects.toMatchObject({
    reason: "AGENT_OVERLOADED",
    metadata: { waiting: "1", retryAfterSeconds: "2" },
  });
  const late = expect(waiting).rejects.toMatchObject({
    reason: "AGENT_OVERLOADED",
    metadata: { position: "1", retryAfterSeconds: "2" },
  });
  await at.timers.advance(2_000);
  await late;
  expect(() => at.pool.assertRoom(spec)).not.toThrow();
});

test("without room the idle instance that was used longest ago makes way, never one with a call", async () => {
  const at = world({ memoryMb: 3 * 512 });
  const spec = (name: string): ReturnType<typeof fakeSpec> => fakeSpec({}, { agentId: name, releaseId: name });
  (await use(at, spec("a"))).release();
  await at.timers.advance(1_000);
  (await use(at, spec("b"))).release();
  await use(at, spec("busy"));
  const next = at.pool.acquire(spec("d"));
  await settle();
  expect(stopsOf(at)).toEqual([1, 0, 0, 0]);
  at.fakes.at(3).ready();
  await next;
});

test("an instance that scale.min keeps makes way last, and only for a call", async () => {
  const at = world({ memoryMb: 2 * 512 });
  const spec = (name: string, min = 0): ReturnType<typeof fakeSpec> =>
    fakeSpec({ min }, { agentId: name, releaseId: name });
  (await use(at, spec("kept", 1))).release();
  await at.timers.advance(1_000);
  (await use(at, spec("young"))).release();
  const second = at.pool.acquire(spec("c"));
  await settle();
  expect(stopsOf(at)).toEqual([0, 1, 0]);
  at.fakes.at(2).ready();
  await second;
  const third = at.pool.acquire(spec("d"));
  await settle();
  expect(stopsOf(at)).toEqual([1, 1, 0, 0]);
  at.fakes.at(3).ready();
  await third;
  // Its own wish to come back takes nothing from calls.
  await at.timers.advance(60_000);
  expect(at.fakes.starts).toHaveLength(4);
});

test("an organization below its share gets room from one above it, whose calls end first", async () => {
  const at = world({ memoryMb: 4 * 512 });
  const many = fakeSpec({ max: 100, concurrency: 1, queueLimit: 1_000 }, { orgId: "org_many" });
  const calls = Array.from({ length: 1_000 }, async () => await at.pool.acquire(many));
  calls.forEach((each) => each.catch(() => undefined));
  for (let i = 0; i < 4; i++) at.fakes.at(i).ready();
  const leases = await Promise.all(calls.slice(0, 4));
  const few = at.pool.acquire(fakeSpec({}, { orgId: "org_few", agentId: "agt_2", releaseId: "rel_2" }));
  await settle();
  expect(stopsOf(at)).toEqual([0, 0, 0, 0]);
  for (const lease of leases) lease.release();
  await settle();
  expect(stopsOf(at).filter((stops) => stops > 0)).toHaveLength(1);
  const started = at.fakes.starts.findIndex(({ spec }) => spec.orgId === "org_few");
  at.fakes.at(started).ready();
  expect((await few).instance.releaseId).toBe("rel_2");
  const closed = at.pool.close(0);
  await at.timers.advance(0);
  await closed;
});

test("a start for which nobody waits any more is taken back", async () => {
  const at = world({ memoryMb: 512 });
  const lease = await use(at, fakeSpec());
  const controller = new AbortController();
  const other = fakeSpec({}, { agentId: "agt_2", releaseId: "rel_2" });
  const waiting = at.pool.acquire(other, { signal: controller.signal, ...call("usr_1") });
  expect(at.pool.views("agt_2")).toMatchObject([{ state: "starting" }]);
  controller.abort();
  await expect(waiting).rejects.toMatchObject({ reason: "CANCELED" });
  expect(at.pool.views("agt_2")).toEqual([]);
  expect(at.pool.wakes("agt_2", 1)).toMatchObject([{ by: "usr_1", taskId: "task_usr_1", outcome: "canceled" }]);
  lease.release();
  await at.timers.advance(1_000);
  expect(at.fakes.starts).toHaveLength(1);
});

test("a call that finds no room in time is told that the machine is full", async () => {
  const at = world({ memoryMb: 512 });
  await use(at, fakeSpec());
  const late = expect(at.pool.acquire(fakeSpec({}, { agentId: "agt_2", releaseId: "rel_2" }))).rejects.toMatchObject({
    reason: "AGENT_OVERLOADED",
    message: expect.stringContaining("no room on this machine"),
    hint: expect.stringContaining("BERTH_RUNTIME_MEMORY_MB"),
  });
  await at.timers.advance(60_000);
  await late;
});

test("while the machine is short of memory idle instances go, one at a time, and those with calls stay", async () => {
  let availableBytes = 100;
  const at = world({ hostMemory: () => ({ availableBytes, totalBytes: 10_000 }) });
  const spec = (name: string): ReturnType<typeof fakeSpec> => fakeSpec({}, { agentId: name, releaseId: name });
  (await use(at, spec("a"))).release();
  (await use(at, spec("b"))).release();
  await use(at, spec("c"));
  await at.timers.advance(5_000);
  expect(stopsOf(at)).toEqual([1, 0, 0]);
  availableBytes = 9_000;
  await at.timers.advance(20_000);
  expect(stopsOf(at)).toEqual([1, 0, 0]);
  availableBytes = 0;
  await at.timers.advance(20_000);
  expect(stopsOf(at)).toEqual([1, 1, 0]);
});
