// Durable events a second through the store (embedded PostgreSQL, fsync on), one event of 150 bytes per append, and how
// fast a long log is read back.
//
//   node bench/append.ts --seconds 5
import { parseArgs } from "node:util";
import type { Store } from "@berth/store";
import { median, percentile, table } from "./statistics.ts";
import { openBenchStore } from "./store.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    callers: { type: "string", default: "1,16,64" },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
const ORG = "org_bench";
const REPLAYED = 10_000;
const REPLAYS = 5;
const text = "x".repeat(100);

async function createTask(store: Store, taskId: string): Promise<void> {
  await store.tasks.create({
    taskId,
    at: new Date().toISOString(),
    accepted: {
      kind: "accepted",
      orgId: ORG,
      agentId: "agt_bench",
      agentName: "bench",
      releaseId: "rel_bench",
      contextId: "ctx_bench",
      protocol: "a2a",
      principal: { kind: "user", id: "usr_bench" },
      message: { messageId: taskId, role: "ROLE_USER", parts: [{ text }] },
    },
  });
}

async function append(store: Store, taskId: string, expectedSeq: number, count: number): Promise<void> {
  const artifact = { artifactId: "output", parts: [{ text }] };
  const at = new Date().toISOString();
  const events = Array.from({ length: count }, () => ({
    at,
    body: { kind: "artifact", artifact, append: true } as const,
  }));
  await store.tasks.append({ orgId: ORG, taskId, expectedSeq, events });
}

async function appending(store: Store, callers: number): Promise<Record<string, number>> {
  const ids = Array.from({ length: callers }, (_, i) => `tsk_${callers}_${i}`);
  await Promise.all(ids.map(async (id) => await createTask(store, id)));
  const latencies: number[] = [];
  const started = performance.now();
  const end = started + seconds * 1_000;
  await Promise.all(
    ids.map(async (id) => {
      for (let seq = 1; performance.now() < end; seq++) {
        const sent = performance.now();
        await append(store, id, seq, 1);
        latencies.push(performance.now() - sent);
      }
    }),
  );
  const took = (performance.now() - started) / 1_000;
  return {
    callers,
    eventsPerSecond: Math.round(latencies.length / took),
    p50Ms: Number(median(latencies).toFixed(2)),
    p99Ms: Number(percentile(latencies, 0.99).toFixed(2)),
  };
}

async function replaying(store: Store): Promise<Record<string, number>> {
  await createTask(store, "tsk_replay");
  for (let seq = 1; seq < REPLAYED; seq += 999) {
    await append(store, "tsk_replay", seq, Math.min(999, REPLAYED - seq));
  }
  const times: number[] = [];
  for (let i = 0; i < REPLAYS; i++) {
    const started = performance.now();
    const events = await store.tasks.events({ orgId: ORG, taskId: "tsk_replay" });
    times.push(performance.now() - started);
    if (events.length !== REPLAYED) throw new Error(`${events.length} events came back`);
  }
  return { events: REPLAYED, medianMs: Number(median(times).toFixed(1)) };
}

await using open = new AsyncDisposableStack();
const { store } = await openBenchStore(open);
const appends: Record<string, number>[] = [];
for (const callers of values.callers.split(",").map(Number)) appends.push(await appending(store, callers));
const replay = await replaying(store);
if (!values.json) process.stdout.write(`${table(appends)}\n${table([replay])}\n`);
process.stdout.write(`${JSON.stringify({ bench: "append", seconds, appends, replay })}\n`);
