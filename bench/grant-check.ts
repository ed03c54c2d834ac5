// What a check of a run's grant costs before each file operation, with its record in memory: token decoding, MAC, caveats,
// path and globs. The store is asked once a second.
//
//   node bench/grant-check.ts --seconds 3
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { createGrants, loadGrantKeys } from "@berth/control";
import { createIdGenerator } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: { seconds: { type: "string", default: "3" }, json: { type: "boolean", default: false } },
});
const seconds = Number(values.seconds);
const HOLDERS = 64;
const PEER = { orgId: "org_bench", agentId: "agt_bench" };

const home = await mkdtemp(join(tmpdir(), "berth-bench-"));
await using open = new AsyncDisposableStack();
open.defer(async () => await rm(home, { recursive: true, force: true }));
const store = open.use(createInMemoryStore());
const now = (): Date => new Date();
const ids = createIdGenerator({ now: Date.now, randomBytes });
const grants = createGrants({ store, keys: await loadGrantKeys(home, now), ids, now, randomBytes });

async function checking(globs: number): Promise<Record<string, number>> {
  const read = Array.from({ length: globs }, (_, i) => `data/${i}/**/*.csv`);
  const tokens: string[] = [];
  for (let i = 0; i < HOLDERS; i++) {
    const runId = `task_${globs}_${i}`;
    const scope = { read, write: `outputs/${runId}/` };
    const runDeadline = new Date(Date.now() + 3_600_000).toISOString();
    tokens.push((await grants.mint({ ...PEER, runId, scope, runDeadline })).token);
  }
  // Of the last glob: all others are tried first.
  const operation = { op: "read", path: `data/${globs - 1}/2026/11/29/orders-of-the-day.csv` } as const;
  const first: number[] = [];
  for (const token of tokens) {
    const sent = performance.now();
    await grants.check(token, PEER, operation);
    first.push((performance.now() - sent) * 1_000);
  }
  for (let i = 0; i < 5_000; i++) await grants.check(tokens[i % HOLDERS] ?? "", PEER, operation);
  const latencies: number[] = [];
  const cpu = process.cpuUsage();
  const started = performance.now();
  const end = started + seconds * 1_000;
  for (let i = 0; performance.now() < end; i++) {
    const sent = performance.now();
    await grants.check(tokens[i % HOLDERS] ?? "", PEER, operation);
    latencies.push((performance.now() - sent) * 1_000);
  }
  const took = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  return {
    globs,
    tokenBytes: tokens[0]?.length ?? 0,
    firstUs: Number(median(first).toFixed(1)),
    checksPerSecond: Math.round(latencies.length / (took / 1_000)),
    // What the machine's other work does not change much.
    checksPerCpuSecond: Math.round(latencies.length / ((user + system) / 1_000_000)),
    p50Us: Number(median(latencies).toFixed(1)),
    p99Us: Number(percentile(latencies, 0.99).toFixed(1)),
  };
}

const checks: Record<string, number>[] = [];
for (const globs of [1, 8, 64]) checks.push(await checking(globs));
if (!values.json) process.stdout.write(`${table(checks)}\n`);
process.stdout.write(`${JSON.stringify({ bench: "grant-check", seconds, checks })}\n`);
