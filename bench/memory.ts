// What searching an agent's memory costs, and whether it finds what is nearest: the platform's own way, from its text to
// the passages read back from PostgreSQL, against a plain comparison with every vector that is written here.
//
//   node bench/memory.ts --chunks 100000 --queries 200
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SpaceMemory, createEmbedders } from "@berth/control";
import { createIdGenerator } from "@berth/protocol";
import { openEmbeddedPostgres } from "@berth/store/embedded";
import { openPostgresStore } from "@berth/store/postgres";
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    chunks: { type: "string", default: "2000" },
    queries: { type: "string", default: "50" },
    json: { type: "boolean", default: false },
  },
});
const [wanted, queries] = [Number(values.chunks), Number(values.queries)];
const K = 10;
const SAVES_AT_ONCE = 8;
const SPACE = { orgId: "org_bench", agentId: "agt_bench", owner: "" };
const CONFIG = { scopes: ["agent"], maxItems: 1_000_000 } as const;

/** The same numbers in every run. */
let seed = 42;
function random(): number {
  seed = (seed * 48_271) % 2_147_483_647;
  return seed / 2_147_483_647;
}
const syllables = ["ba", "ke", "lo", "mi", "nu", "ra", "se", "ti", "vo", "zu", "dra", "fle", "gri", "plo", "sku"];
// None of the lists is empty.
const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
const word = (): string => Array.from({ length: 2 + Math.floor(random() * 3) }, () => pick(syllables)).join("");
const common = Array.from({ length: 2_000 }, word);
const topics = Array.from({ length: 1_000 }, () => Array.from({ length: 12 }, word));
const sentence = (topic: readonly string[], length: number): string =>
  `${Array.from({ length }, () => (random() < 0.4 ? pick(topic) : pick(common))).join(" ")}.`;
const documentOf = (topic: readonly string[]): string =>
  Array.from({ length: 10 }, () => `${sentence(topic, 40)} ${sentence(topic, 40)} ${sentence(topic, 40)}`).join("\n\n");

const home = await mkdtemp(join(tmpdir(), "berth-bench-"));
await using open = new AsyncDisposableStack();
open.defer(async () => await rm(home, { recursive: true, force: true }));
const server = await openEmbeddedPostgres({ home });
open.defer(async () => await server.close());
const store = open.use(await openPostgresStore({ connection: server.connection }));
const embedders = createEmbedders(undefined);
const ids = createIdGenerator({ now: Date.now, randomBytes });
const memory = new SpaceMemory({ store: store.memories, embedders, ids, now: () => new Date() });

const saving = performance.now();
let passages = 0;
async function saveMany(): Promise<void> {
  while (passages < wanted) {
    const text = documentOf(pick(topics));
    const { item } = await memory.save(SPACE, { text, metadata: {} }, { by: "bench", config: CONFIG });
    passages += item.spans.length;
  }
}
await Promise.all(Array.from({ length: SAVES_AT_ONCE }, saveMany));
const saveSeconds = (performance.now() - saving) / 1_000;

/** Every vector by its passage, as it lies in the store. */
const exact = new Map<string, Float32Array>();
for (let after = 0; ;) {
  const page = await store.memories.changes(SPACE, { model: embedders.current.model, after, limit: 100 });
  for (const { item, ...change } of page) {
    if (item === undefined || !("vectors" in change) || change.vectors === undefined) continue;
    const all = new Float32Array(new Uint8Array(change.vectors).buffer);
    const dimensions = all.length / item.spans.length;
    for (const [i, [from]] of item.spans.entries()) {
      exact.set(`${item.itemId}:${from}`, all.slice(i * dimensions, (i + 1) * dimensions));
    }
  }
  const last = page.at(-1);
  if (last === undefined) break;
  after = last.revision;
}

function nearest(query: Float32Array): readonly string[] {
  const scored = [...exact].map(([id, vector]) => {
    let score = 0;
    for (let i = 0; i < vector.length; i++) score += (vector[i] ?? 0) * (query[i] ?? 0);
    return { id, score };
  });
  return scored
    .sort((a, b) => b.score - a.score)
    .slice(0, K)
    .map(({ id }) => id);
}

const loading = performance.now();
await memory.search(SPACE, { query: "first", limit: 1, mode: "hybrid" });
const loadSeconds = (performance.now() - loading) / 1_000;

const asked = Array.from({ length: queries }, () => sentence(pick(topics), 8));
const exactMs: number[] = [];
const truths: ReadonlySet<string>[] = [];
for (const query of asked) {
  const begun = performance.now();
  const [vector = new Float32Array()] = await embedders.current.embed([query]);
  truths.push(new Set(nearest(vector)));
  exactMs.push(performance.now() - begun);
}

const rows: Record<string, string | number>[] = [rowOf("exact, written here", 1, exactMs)];
for (const mode of ["vector", "text", "hybrid"] as const) {
  const took: number[] = [];
  let found = 0;
  for (const [i, query] of asked.entries()) {
    const begun = performance.now();
    const { hits } = await memory.search(SPACE, { query, limit: K, mode });
    took.push(performance.now() - begun);
    found += hits.filter(({ item, from }) => truths[i]?.has(`${item.itemId}:${from}`) === true).length;
  }
  rows.push(rowOf(mode, found / (K * queries), took));
}

function rowOf(search: string, recall: number, took: readonly number[]): Record<string, string | number> {
  return {
    search,
    recallAt10: Number(recall.toFixed(3)),
    p50Ms: Number(median(took).toFixed(1)),
    p95Ms: Number(percentile(took, 0.95).toFixed(1)),
  };
}

const facts = {
  passages,
  savedPerSecond: Math.round(passages / saveSeconds),
  loadSeconds: Number(loadSeconds.toFixed(2)),
};
if (!values.json) process.stdout.write(`${table(rows)}\n`);
process.stdout.write(`${JSON.stringify({ bench: "memory", ...facts, queries, searches: rows })}\n`);
