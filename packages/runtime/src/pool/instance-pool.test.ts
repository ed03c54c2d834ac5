import { expect, test } from "vitest";
import { FakeInstances, fakeSpec } from "./fake-instances.ts";
import { InstancePool } from "./instance-pool.ts";
import { ManualTimers, settle } from "./manual-timers.ts";

interface World {
  readonly pool: InstancePool;
  readonly fakes: FakeInstances;
  readonly timers: ManualTimers;
  readonly log: string[];
}

function world(): World {
  const fakes = new FakeInstances();
  const timers = new ManualTimers();
  const log: string[] = [];
  let count = 0;
  const newInstanceId = (): string => `ins_${++count}`;
  return {
    fakes,
    timers,
    log,
    pool: new InstancePool({ start: fakes.start, timers, newInstanceId, log: (line) => log.push(line) }),
  };
}

async function closeNow(pool: InstancePool, timers: ManualTimers): Promise<void> {
  const closed = pool.close(0);
  await timers.advance(0);
  await closed;
}

test("calls that come while an instance starts share that start", async () => {
  const { pool, fakes } = world();
  const calls = Promise.all([pool.acquire(fakeSpec()), pool.acquire(fakeSpec()), pool.acquire(fakeSpec())]);
  expect(pool.views("agt_1").map(({ state }) => state)).toEqual(["starting"]);
  fakes.at(0).ready();
  const leases = await calls;
  expect(new Set(leases.map(({ instance }) => instance.instanceId))).toEqual(new Set(["ins_1"]));
  expect(fakes.starts).toHaveLength(1);
  expect(pool.views()).toMatchObject([{ instanceId: "ins_1", state: "ready", activeCalls: 3, driver: "fake" }]);
});

test("as many instances start as the waiting calls need, up to max, and the least loaded takes the next call", async () => {
  const { pool, fakes } = world();
  const spec = fakeSpec({ max: 2, concurrency: 2 });
  const calls = [1, 2, 3, 4, 5].map(async () => await pool.acquire(spec));
  expect(fakes.starts).toHaveLength(2);
  fakes.at(0).ready();
  fakes.at(1).ready();
  const leases = await Promise.all(calls.slice(0, 4));
  expect(leases.map(({ instance }) => instance.instanceId)).toEqual(["ins_1", "ins_1", "ins_2", "ins_2"]);
  leases[2]?.release();
  expect((await calls[4])?.instance.instanceId).toBe("ins_2");
  leases[0]?.release();
  leases[0]?.release();
  expect((await pool.acquire(spec)).instance.instanceId).toBe("ins_1");
});

test("at most 256 calls of an agent wait", async () => {
  const { pool, timers } = world();
  const spec = fakeSpec({ concurrency: 1 });
  const waiting = Array.from({ length: 256 }, async () => await pool.acquire(spec));
  await expect(pool.acquire(spec)).rejects.toMatchObject({ reason: "AGENT_OVERLOADED", retryable: true });
  const refused = Promise.allSettled(waiting);
  await closeNow(pool, timers);
  expect((await refused).every(({ status }) => status === "rejected")).toBe(true);
});

test("a call waits 30 s for a free instance, then is told that the agent is overloaded", async () => {
  const { pool, fakes, timers } = world();
  const spec = fakeSpec({ concurrency: 1 });
  const first = pool.acquire(spec);
  fakes.at(0).ready();
  await first;
  const second = pool.acquire(spec);
  const refused = expect(second).rejects.toMatchObject({ reason: "AGENT_OVERLOADED" });
  await timers.advance(29_999);
  expect(pool.views()).toMatchObject([{ activeCalls: 1 }]);
  await timers.advance(1);
  await refused;
});

test("a call that is aborted while it waits leaves the queue with the reason it was given", async () => {
  const { pool, fakes, timers } = world();
  const controller = new AbortController();
  const call = pool.acquire(fakeSpec(), { signal: controller.signal });
  controller.abort();
  await expect(call).rejects.toMatchObject({ reason: "CANCELED" });
  await expect(pool.acquire(fakeSpec(), { signal: controller.signal })).rejects.toMatchObject({ reason: "CANCELED" });
  fakes.at(0).ready();
  await timers.advance(299_999);
  expect(fakes.at(0).stops).toBe(0);
  await timers.advance(1);
  expect(fakes.at(0).stops).toBe(1);
});

test("an instance is stopped when it was idle for idleSeconds, counted from its last call", async () => {
  const { pool, fakes, timers } = world();
  const spec = fakeSpec({ idleSeconds: 10 });
  const call = pool.acquire(spec);
  fakes.at(0).ready();
  (await call).release();
  await timers.advance(9_000);
  const lease = await pool.acquire(spec);
  await timers.advance(60_000);
  expect(fakes.at(0).stops).toBe(0);
  lease.release();
  await timers.advance(10_000);
  expect(fakes.at(0).stops).toBe(1);
  expect(pool.views()).toEqual([]);
  expect(timers.pending).toBe(0);
});

test("scale.min instances stay, and one that crashes is replaced after a growing wait", async () => {
  const { pool, fakes, timers } = world();
  const spec = fakeSpec({ min: 1, max: 2, concurrency: 1, idleSeconds: 1 });
  const calls = [pool.acquire(spec), pool.acquire(spec)];
  fakes.at(0).ready();
  fakes.at(1).ready();
  for (const lease of await Promise.all(calls)) lease.release();
  await timers.advance(100_000);
  expect(fakes.at(0).stops + fakes.at(1).stops).toBe(1);
  fakes.at(fakes.at(0).stops === 1 ? 1 : 0).exit();
  await settle();
  expect(fakes.starts).toHaveLength(3);
  fakes.at(2).fail("no");
  await timers.advance(249);
  expect(fakes.starts).toHaveLength(3);
  await timers.advance(1);
  expect(fakes.starts).toHaveLength(4);
  await closeNow(pool, timers);
  await timers.advance(60_000);
  expect(fakes.starts).toHaveLength(4);
});

test("an instance that crashes right after its start is not restarted in a hot loop", async () => {
  const { pool, fakes, timers } = world();
  const spec = fakeSpec({ min: 1 });
  const call = pool.acquire(spec);
  fakes.at(0).ready();
  const lease = await call;
  fakes.at(0).exit();
  await settle();
  lease.release();
  expect(fakes.starts).toHaveLength(1);
  await timers.advance(250);
  expect(fakes.starts).toHaveLength(2);
  await closeNow(pool, timers);
});

test("a crashed instance is removed, its calls see why, and the next call gets a new one", async () => {
  const { pool, fakes, log } = world();
  const call = pool.acquire(fakeSpec());
  fakes.at(0).ready();
  const lease = await call;
  fakes.at(0).exit({ reason: "AGENT_OUT_OF_MEMORY", exitCode: null, signal: "SIGKILL", lastOutput: "heap" });
  expect(await lease.instance.exited).toMatchObject({ reason: "AGENT_OUT_OF_MEMORY", lastOutput: "heap" });
  await settle();
  expect(pool.views()).toEqual([]);
  expect(log.join()).toContain("AGENT_OUT_OF_MEMORY");
  lease.release();
  const next = pool.acquire(fakeSpec());
  fakes.at(1).ready();
  expect((await next).instance.instanceId).toBe("ins_2");
});

test("starts that fail one after the other are tried ever later, and the error says so", async () => {
  const { pool, fakes, timers } = world();
  const first = pool.acquire(fakeSpec());
  fakes.at(0).fail("exit code 1");
  await expect(first).rejects.toMatchObject({ reason: "AGENT_START_FAILED", message: "exit code 1" });
  await expect(pool.acquire(fakeSpec())).rejects.toThrow(
    /last start of agent "echo" failed; .* in 0\.3 s.*exit code 1/,
  );
  expect(pool.views()).toMatchObject([{ state: "failed", detail: "exit code 1" }]);
  await timers.advance(250);
  const second = pool.acquire(fakeSpec());
  fakes.at(1).fail("exit code 1");
  await expect(second).rejects.toMatchObject({ reason: "AGENT_START_FAILED" });
  await expect(pool.acquire(fakeSpec())).rejects.toMatchObject({
    message: expect.stringContaining("The last 2 starts"),
    metadata: { failures: "2", retryAfterMs: "500" },
  });
  await timers.advance(500);
  const third = pool.acquire(fakeSpec());
  fakes.at(2).ready();
  await third;
  expect(pool.views()).toMatchObject([{ state: "ready" }]);
});

test("what is not a PlatformError from a driver does not reach callers as it is", async () => {
  const { pool, fakes } = world();
  const call = pool.acquire(fakeSpec());
  fakes.at(0).done.reject(new Error("ENOENT /secret/path"));
  await expect(call).rejects.toMatchObject({ reason: "AGENT_START_FAILED", internal: "ENOENT /secret/path" });
  await expect(call).rejects.not.toThrow(/secret/);
});

test("drained instances take no new calls, finish theirs, then stop", async () => {
  const { pool, fakes } = world();
  const old = fakeSpec({ concurrency: 2 }, { releaseId: "rel_old" });
  const call = pool.acquire(old);
  fakes.at(0).ready();
  const lease = await call;
  await pool.drain("agt_1", ["rel_new"]);
  expect(pool.views()).toMatchObject([{ state: "draining", activeCalls: 1 }]);
  const late = pool.acquire(old);
  expect(fakes.starts).toHaveLength(2);
  fakes.at(1).ready();
  expect((await late).instance.instanceId).toBe("ins_2");
  lease.release();
  await settle();
  expect(fakes.at(0).stops).toBe(1);
  expect(pool.views().map(({ instanceId }) => instanceId)).toEqual(["ins_2"]);
});

test("draining resolves when the idle instances are gone", async () => {
  const { pool, fakes } = world();
  const call = pool.acquire(fakeSpec());
  fakes.at(0).ready();
  (await call).release();
  await pool.drain("agt_1");
  expect(pool.views()).toEqual([]);
  await pool.drain("agt_unknown", ["rel_x"]);
});

test("calls that waited when the release was drained are still served", async () => {
  const { pool, fakes } = world();
  const spec = fakeSpec({ concurrency: 1 });
  const calls = [pool.acquire(spec), pool.acquire(spec)];
  await pool.drain("agt_1", ["rel_2"]);
  fakes.at(0).ready();
  (await calls[0])?.release();
  const second = await calls[1];
  expect(fakes.at(0).stops).toBe(0);
  second?.release();
  await settle();
  expect(fakes.at(0).stops).toBe(1);
});

test("scale.min of a drained release does not count", async () => {
  const { pool, fakes, timers } = world();
  const old = fakeSpec({ min: 1, idleSeconds: 1 }, { releaseId: "rel_old" });
  const call = pool.acquire(old);
  fakes.at(0).ready();
  (await call).release();
  await pool.drain("agt_1", ["rel_new"]);
  const late = pool.acquire(old);
  fakes.at(1).ready();
  (await late).release();
  await timers.advance(1_000);
  expect(fakes.at(1).stops).toBe(1);
  expect(fakes.starts).toHaveLength(2);
});

test("an instance of a release that gets no new tasks is stopped soon, and stays when it gets some after all", async () => {
  const { pool, fakes, timers } = world();
  await pool.drain("agt_1", ["rel_live"]);
  for (const [index, releaseId] of ["rel_left", "rel_next"].entries()) {
    const call = pool.acquire(fakeSpec({ idleSeconds: 300 }, { releaseId }));
    fakes.at(index).ready();
    (await call).release();
  }
  const other = pool.acquire(fakeSpec({ idleSeconds: 300 }, { agentId: "agt_2", releaseId: "rel_other" }));
  fakes.at(2).ready();
  (await other).release();
  await timers.advance(10_000);
  expect([fakes.at(0).stops, fakes.at(1).stops, fakes.at(2).stops]).toEqual([1, 1, 0]);
  const tried = pool.acquire(fakeSpec({ idleSeconds: 300 }, { releaseId: "rel_next" }));
  fakes.at(3).ready();
  (await tried).release();
  await pool.drain("agt_1", ["rel_live", "rel_next"]);
  await timers.advance(299_000);
  expect(fakes.at(3).stops).toBe(0);
  await timers.advance(1_000);
  expect(fakes.at(3).stops).toBe(1);
});

test("a held instance is not stopped for being idle, for an hour at most", async () => {
  const { pool, fakes, timers } = world();
  const spec = fakeSpec({ idleSeconds: 1 });
  const call = pool.acquire(spec);
  fakes.at(0).ready();
  const lease = await call;
  const end = pool.hold("ins_1");
  lease.release();
  await timers.advance(3_599_000);
  expect(fakes.at(0).stops).toBe(0);
  await timers.advance(2_000);
  expect(fakes.at(0).stops).toBe(1);
  end();
  expect(timers.pending).toBe(0);
  pool.hold("ins_unknown")();
});

test("a held instance of an old release keeps its task reachable, unless the agent is removed", async () => {
  const { pool, fakes } = world();
  const old = fakeSpec({}, { releaseId: "rel_old" });
  const call = pool.acquire(old);
  fakes.at(0).ready();
  const lease = await call;
  pool.hold("ins_1");
  lease.release();
  await pool.drain("agt_1", ["rel_new"]);
  expect(fakes.at(0).stops).toBe(0);
  const again = await pool.acquire(old, { instanceId: "ins_1" });
  expect(again.instance.instanceId).toBe("ins_1");
  again.release();
  await pool.drain("agt_1");
  expect(fakes.at(0).stops).toBe(1);
});

test("a call that names its instance waits for that one while it lives", async () => {
  const { pool, fakes } = world();
  const spec = fakeSpec({ max: 2, concurrency: 1 });
  const calls = [pool.acquire(spec), pool.acquire(spec)];
  fakes.at(0).ready();
  fakes.at(1).ready();
  const [one, two] = await Promise.all(calls);
  const named = pool.acquire(spec, { instanceId: "ins_1" });
  two?.release();
  expect(pool.views().map(({ activeCalls }) => activeCalls)).toEqual([1, 0]);
  one?.release();
  expect((await named).instance.instanceId).toBe("ins_1");
});

test("egress decisions reach the calls that are on the instance then", async () => {
  const { pool, fakes } = world();
  const heard: string[] = [];
  const call = pool.acquire(fakeSpec(), { onEgress: ({ host }) => heard.push(host) });
  const decision = { port: 443, decision: "denied", detail: "not in the allowlist" } as const;
  fakes.at(0).options.onEgress({ ...decision, host: "before.test" });
  fakes.at(0).ready();
  const lease = await call;
  fakes.at(0).options.onEgress({ ...decision, host: "during.test" });
  lease.release();
  fakes.at(0).options.onEgress({ ...decision, host: "after.test" });
  expect(heard).toEqual(["during.test"]);
});

test("close refuses waiting calls, lets running ones finish within the grace, then stops everything", async () => {
  const { pool, fakes, timers } = world();
  const spec = fakeSpec({ concurrency: 1, max: 2 });
  const calls = [pool.acquire(spec), pool.acquire(spec)];
  fakes.at(0).ready();
  fakes.at(1).ready();
  const [quick] = await Promise.all(calls);
  const waiting = pool.acquire(spec);
  const starting = pool.acquire(fakeSpec({}, { releaseId: "rel_2", agentId: "agt_2" }));
  const refused = Promise.allSettled([waiting, starting]);
  const closed = pool.close(5_000);
  expect((await refused).map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  await expect(pool.acquire(spec)).rejects.toMatchObject({ reason: "SHUTTING_DOWN" });
  quick?.release();
  await settle();
  expect([fakes.at(0).stops, fakes.at(1).stops]).toEqual([1, 0]);
  await timers.advance(5_000);
  await closed;
  expect(fakes.at(1).stops).toBe(1);
  expect(fakes.at(2).options.signal.aborted).toBe(true);
  expect(pool.views()).toEqual([]);
  expect(timers.pending).toBe(0);
});
