// How quickly lines are found among many: a mixed list of queries, newest first, over lines of several days in the
// embedded PostgreSQL.
//
//   node bench/log-search.ts --lines 1000000
import { parseArgs } from "node:util";
import type { Store } from "@berth/store";
import { parseQuery } from "@berth/telemetry";
import type { LogRecord } from "@berth/telemetry";
import { median, percentile, table } from "./statistics.ts";
import { openBenchStore } from "./store.ts";

const { values } = parseArgs({
  options: {
    lines: { type: "string", default: "20000" },
    days: { type: "string", default: "3" },
    rounds: { type: "string", default: "15" },
    json: { type: "boolean", default: false },
  },
});
const lines = Number(values.lines);
const days = Number(values.days);
const rounds = Number(values.rounds);
const ORG = "org_bench";
const BATCH = 1_000;
const PAGE = 50;
const DAY_MS = 86_400_000;
const AGENTS = 50;
const SERVICES = ["redis", "postgres", "search", "billing", "mail", "fx"];
const HAPPENED = [
  "request done",
  "cache miss",
  "connection refused",
  "retry scheduled",
  "row locked",
  "timeout reached",
];
const end = Date.now();
let clock = end;

/** Line `i` of all: every agent, service and level in turn, tasks of 40 lines, and one needle in 100,000. */
function lineOf(i: number): LogRecord {
  const agent = `agent-${i % AGENTS}`;
  const service = SERVICES[i % SERVICES.length] ?? "";
  const happened = HAPPENED[(i * 7) % HAPPENED.length] ?? "";
  const needle = i % 100_000 === 777 ? " needle" : "";
  return {
    atUs: clock * 1_000,
    severity: i % 200 === 0 ? 17 : 9,
    body: `${service} ${happened} in ${i % 997} ms for user_${i % 5_003} request ${i.toString(36)}${needle}`,
    source: "stdout",
    agent,
    instanceId: `${agent}-1`,
    taskId: `tsk_${Math.floor(i / 40)}`,
    attributes: { "http.route": `/r/${i % 20}` },
    resource: { "service.name": service },
  };
}

async function fill(store: Store): Promise<number> {
  const started = performance.now();
  for (let first = 0; first < lines; first += BATCH) {
    clock = end - Math.round((1 - first / lines) * days * DAY_MS);
    const batch = Array.from({ length: Math.min(BATCH, lines - first) }, (_, i) => lineOf(first + i));
    await store.telemetry.logs.append(ORG, batch);
  }
  clock = end;
  return Math.round(lines / ((performance.now() - started) / 1_000));
}

const QUERIES = [
  "",
  "needle",
  "redis timeout",
  "connection",
  "nowhere",
  `task:tsk_${Math.floor(lines / 80)}`,
  "agent:agent-7 level:error",
  "level:>=error since:12h",
  '"connection refused in 5"',
  "http.route:/r/3 -timeout",
  "service:billing refused user_17",
  "/refused in 9\\d\\d ms/ agent:agent-3",
];

async function measure(name: string, run: () => Promise<number>): Promise<Record<string, string | number>> {
  const times: number[] = [];
  let found = 0;
  for (let round = 0; round < rounds; round++) {
    const started = performance.now();
    found = await run();
    times.push(performance.now() - started);
  }
  return {
    query: name,
    found,
    p50Ms: Number(median(times).toFixed(1)),
    p95Ms: Number(percentile(times, 0.95).toFixed(1)),
  };
}

await using open = new AsyncDisposableStack();
const { store } = await openBenchStore(open, { now: () => new Date(clock) });
const { logs } = store.telemetry;
const linesPerSecond = await fill(store);
const results: Record<string, string | number>[] = [];
for (const text of QUERIES) {
  const query = parseQuery(text, { nowUs: clock * 1_000 });
  results.push(await measure(text, async () => (await logs.search(ORG, query, { limit: PAGE })).length));
}
const range = { fromUs: (end - days * DAY_MS) * 1_000, toUs: end * 1_000 + 1, buckets: 60 };
results.push(
  await measure("histogram of all", async () => (await logs.histogram(ORG, { terms: [] }, range)).length),
  await measure("facet of all", async () => (await logs.facet(ORG, { terms: [] }, "agent", 10)).length),
);
const { logBytes } = await store.telemetry.usage(ORG);
const bytesPerLine = Math.round(logBytes / lines);
if (!values.json) process.stdout.write(`${table([{ lines, linesPerSecond, bytesPerLine }])}\n${table(results)}\n`);
process.stdout.write(`${JSON.stringify({ bench: "log-search", lines, linesPerSecond, bytesPerLine, results })}\n`);
