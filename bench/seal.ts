// What it takes to seal receipts, with the real store (embedded PostgreSQL, fsync on), the real sealer and its thread:
// how fast a full queue drains; how long a run that has ended waits for its checkpoint at a constant arrival; and what
// receipts cost a call, against a platform whose sealer finds nothing to do, in rounds that alternate.
//
//   node bench/seal.ts --runs 20000 --rate 200 --seconds 20 --rounds 8
import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { setTimeout as delay } from "node:timers/promises";
import { parseArgs } from "node:util";
import { createThreadedReceiptBuilder, loadReceiptKeys } from "@berth/control";
import { Role, TaskState, createIdGenerator } from "@berth/protocol";
import type { TaskEventBody } from "@berth/protocol";
import type { SealBatch, Store } from "@berth/store";
import { createReceipts } from "../packages/control/src/receipts/index.ts";
import { closedLoop } from "./closed-loop.ts";
import type { Sample, Subject } from "./closed-loop.ts";
import { startPlatform } from "./platform.ts";
import { median, percentile, table } from "./statistics.ts";
import { openBenchStore } from "./store.ts";

const { values } = parseArgs({
  options: {
    runs: { type: "string", default: "20000" },
    rate: { type: "string", default: "200" },
    seconds: { type: "string", default: "20" },
    rounds: { type: "string", default: "8" },
    connections: { type: "string", default: "1,16" },
    json: { type: "boolean", default: false },
  },
});
const runs = Number(values.runs);
const rate = Number(values.rate);
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const ORG = "org_bench";
const WARM_UP = 1_000;
const WRITERS = 64;
const text = "x".repeat(700);
const ids = createIdGenerator({ now: Date.now, randomBytes });

/** Seven events, as of a call of the echo example. */
async function endRun(store: Store): Promise<string> {
  const taskId = ids("task");
  const at = new Date().toISOString();
  const timestamp = at;
  await store.tasks.create({
    taskId,
    at,
    accepted: {
      kind: "accepted",
      orgId: ORG,
      agentId: "agt_bench",
      agentName: "bench",
      releaseId: "rel_bench",
      contextId: "ctx_bench",
      protocol: "a2a",
      principal: { kind: "user", id: "usr_bench" },
      message: { messageId: taskId, role: Role.User, parts: [{ text }] },
    },
  });
  const bodies: readonly TaskEventBody[] = [
    { kind: "instance", instanceId: "ins_bench", phase: "assigned" },
    { kind: "upstream", taskId: "up", contextId: "ctx" },
    { kind: "status", status: { state: TaskState.Working, timestamp } },
    { kind: "artifact", artifact: { artifactId: "output", parts: [{ text }] }, lastChunk: true },
    { kind: "usage", usage: { inputTokens: 10, outputTokens: 20 } },
    { kind: "status", status: { state: TaskState.Completed, timestamp } },
  ];
  await store.tasks.append({
    orgId: ORG,
    taskId,
    expectedSeq: 1,
    events: bodies.map((body) => ({ at, body })),
    state: { state: TaskState.Completed, at },
  });
  return taskId;
}

async function fillQueue(store: Store, count: number): Promise<void> {
  let left = count;
  const write = async (): Promise<void> => {
    while (left-- > 0) await endRun(store);
  };
  await Promise.all(Array.from({ length: WRITERS }, write));
}

interface World {
  readonly store: Store;
  /** Seals in the background until it is disposed. */
  readonly openSealer: (store?: Store) => Promise<AsyncDisposable & { flush(): Promise<void>; notify(): void }>;
}

async function draining({ store, openSealer }: World): Promise<Record<string, number>> {
  await fillQueue(store, WARM_UP);
  {
    await using warm = await openSealer();
    await warm.flush();
  }
  await fillQueue(store, runs);
  await using sealer = await openSealer();
  const cpu = process.cpuUsage();
  const started = performance.now();
  await sealer.flush();
  const took = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  if ((await store.receipts.pending(1)).length > 0) throw new Error("the queue is not empty");
  // Of this process; PostgreSQL's work is not in it.
  const cpuMicros = Math.round((user + system) / runs);
  return { receipts: runs, receiptsPerSecond: Math.round(runs / took), cpuMicrosEach: cpuMicros };
}

/** From the moment the end of a run is durable to the moment the checkpoint with its receipt is. */
async function waiting({ store, openSealer }: World): Promise<Record<string, number>> {
  const ended = new Map<string, number>();
  const early = new Map<string, number>();
  const waits: number[] = [];
  const note = (taskId: string, endedAt: number | undefined, sealedAt: number | undefined): void => {
    if (endedAt === undefined || sealedAt === undefined) return;
    waits.push(Math.max(0, sealedAt - endedAt));
    ended.delete(taskId);
    early.delete(taskId);
  };
  const watched = watchSeals(store, (taskId) => {
    const at = performance.now();
    early.set(taskId, at);
    note(taskId, ended.get(taskId), at);
  });
  await using sealer = await openSealer(watched);
  const count = Math.round(rate * seconds);
  const started = performance.now();
  await Promise.all(
    Array.from({ length: count }, async (_, i) => {
      await delay(Math.max(0, (i * 1_000) / rate));
      const taskId = await endRun(store);
      const at = performance.now();
      ended.set(taskId, at);
      sealer.notify();
      note(taskId, at, early.get(taskId));
    }),
  );
  const took = (performance.now() - started) / 1_000;
  await sealer.flush();
  if (waits.length !== count) throw new Error(`${waits.length} of ${count} runs were sealed`);
  return {
    runsPerSecond: Math.round(count / took),
    runs: count,
    p50Ms: Math.round(median(waits)),
    p99Ms: Math.round(percentile(waits, 0.99)),
    mostMs: Math.round(Math.max(...waits)),
  };
}

/** The store, and a look at what has been sealed in it. */
function watchSeals(store: Store, onSealed: (taskId: string) => void): Store {
  const receipts = new Proxy(store.receipts, {
    get(target, name) {
      if (name === "seal") {
        return async (batch: SealBatch) => {
          await target.seal(batch);
          for (const { taskId } of batch.receipts) onSealed(taskId);
        };
      }
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  return { ...store, receipts };
}

async function openWorld(open: AsyncDisposableStack): Promise<World> {
  const { home, store } = await openBenchStore(open);
  const folder = join(home, "keys");
  const keys = await loadReceiptKeys(folder);
  const builder = createThreadedReceiptBuilder(folder);
  open.defer(async () => await builder.close());
  return {
    store,
    openSealer: async (sealed = store) => {
      const receipts = await createReceipts({
        store: sealed,
        keys,
        builder,
        origin: "bench.test/ledger/1",
        now: () => new Date(),
        randomBytes,
        ids,
      });
      return {
        flush: async () => await receipts.flush(),
        notify: () => receipts.notify(),
        [Symbol.asyncDispose]: async () => await receipts.close(),
      };
    },
  };
}

/** Calls of the echo example, on a platform that seals and on one that does not. */
async function costing(): Promise<readonly Record<string, number>[]> {
  const command = fileURLToPath(new URL("sealing-platform.ts", import.meta.url));
  await using on = await startPlatform([command, "on"]);
  await using off = await startPlatform([command, "off"]);
  const subjects: Subject[] = [];
  for (const platform of [on, off]) {
    await platform.deploy(fileURLToPath(new URL("../examples/echo", import.meta.url)));
    subjects.push({
      origin: platform.url,
      next: () => ({
        method: "POST",
        path: "/agents/echo/message:send",
        headers: {
          "content-type": "application/json",
          "a2a-version": "1.0",
          authorization: `Bearer ${platform.token}`,
        },
        body: JSON.stringify({ message: { messageId: randomUUID(), role: "ROLE_USER", parts: [{ text }] } }),
      }),
      check: (body) => body.includes("TASK_STATE_COMPLETED"),
    });
  }
  const rows: Record<string, number>[] = [];
  for (const connections of values.connections.split(",").map(Number)) {
    const samples: Sample[][] = [[], []];
    for (const each of subjects) await closedLoop(each, { connections, seconds: 1 });
    for (let round = 0; round < rounds; round++) {
      for (const at of round % 2 === 0 ? [0, 1] : [1, 0]) {
        const subject = subjects[at];
        if (subject !== undefined) samples[at]?.push(await closedLoop(subject, { connections, seconds: 2 }));
      }
    }
    const [sealed = [], unsealed = []] = samples;
    const ratios = sealed.map(({ perSecond }, i) => perSecond / (unsealed[i]?.perSecond ?? Number.NaN));
    rows.push({
      connections,
      sealedPerSecond: Math.round(median(sealed.map(({ perSecond }) => perSecond))),
      unsealedPerSecond: Math.round(median(unsealed.map(({ perSecond }) => perSecond))),
      ratio: Number(median(ratios).toFixed(2)),
      lowest: Number(Math.min(...ratios).toFixed(2)),
      highest: Number(Math.max(...ratios).toFixed(2)),
      errors: [...sealed, ...unsealed].reduce((sum, { errors }) => sum + errors, 0),
    });
  }
  return rows;
}

const measured = await (async () => {
  await using open = new AsyncDisposableStack();
  const world = await openWorld(open);
  return { drained: await draining(world), waited: await waiting(world) };
})();
const cost = rounds === 0 ? [] : await costing();
if (!values.json) process.stdout.write(`${table([measured.drained])}\n${table([measured.waited])}\n${table(cost)}\n`);
process.stdout.write(`${JSON.stringify({ bench: "seal", runs, rate, seconds, rounds, ...measured, cost })}\n`);
if (cost.some(({ errors }) => errors !== 0)) process.exitCode = 1;
