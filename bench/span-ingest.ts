// Spans a second into the store (embedded PostgreSQL), in batches as the platform's sink writes them, and how quickly a
// trace and the list of traces come back.
//
//   node bench/span-ingest.ts --seconds 5
import { parseArgs } from "node:util";
import type { Store } from "@berth/store";
import type { SpanRecord } from "@berth/telemetry";
import { median, table } from "./statistics.ts";
import { openBenchStore } from "./store.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "2" },
    batch: { type: "string", default: "1000" },
    callers: { type: "string", default: "4" },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
const batch = Number(values.batch);
const callers = Number(values.callers);
const ORG = "org_bench";
const SPANS_OF_TRACE = 20;
const READS = 20;

function spanOf(i: number): SpanRecord {
  const startUs = Date.now() * 1_000 + (i % 1_000);
  const trace = Math.floor(i / SPANS_OF_TRACE);
  return {
    traceId: (trace + 1).toString(16).padStart(32, "0"),
    spanId: (i + 1).toString(16).padStart(16, "0"),
    ...(i % SPANS_OF_TRACE === 0 ? {} : { parentSpanId: (trace * SPANS_OF_TRACE + 1).toString(16).padStart(16, "0") }),
    name: i % 4 === 0 ? "chat model-1" : "execute_tool search",
    kind: "client",
    startUs,
    endUs: startUs + 1_500,
    status: i % 50 === 0 ? "error" : "ok",
    source: "agent",
    agent: `agent-${trace % 50}`,
    taskId: `tsk_${trace}`,
    attributes: {
      "gen_ai.operation.name": i % 4 === 0 ? "chat" : "execute_tool",
      "gen_ai.request.model": "model-1",
      "gen_ai.usage.input_tokens": i % 4_000,
      "gen_ai.tool.name": "search",
      "server.address": "llm.example",
    },
    resource: { "service.name": `agent-${trace % 50}` },
  };
}

async function ingest(store: Store): Promise<number> {
  let next = 0;
  const started = performance.now();
  const end = started + seconds * 1_000;
  await Promise.all(
    Array.from({ length: callers }, async () => {
      while (performance.now() < end) {
        const first = next;
        next += batch;
        await store.telemetry.spans.append(
          ORG,
          Array.from({ length: batch }, (_, i) => spanOf(first + i)),
        );
      }
    }),
  );
  return Math.round(next / ((performance.now() - started) / 1_000));
}

async function timed(read: () => Promise<unknown>): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < READS; i++) {
    const started = performance.now();
    await read();
    times.push(performance.now() - started);
  }
  return Number(median(times).toFixed(1));
}

await using open = new AsyncDisposableStack();
const { store } = await openBenchStore(open);
const spansPerSecond = await ingest(store);
const { spans } = store.telemetry;
const traceId = (1).toString(16).padStart(32, "0");
const errors = { terms: [{ type: "field", negated: false, field: "status", op: ":", values: ["error"] }] } as const;
const result = {
  spansPerSecond,
  traceMs: await timed(async () => await spans.trace(ORG, traceId, 1_000)),
  tracesMs: await timed(async () => await spans.searchTraces(ORG, { terms: [] }, { limit: 50 })),
  failedMs: await timed(async () => await spans.searchTraces(ORG, errors, { limit: 50 })),
};
if (!values.json) process.stdout.write(`${table([result])}\n`);
process.stdout.write(`${JSON.stringify({ bench: "span-ingest", seconds, batch, callers, ...result })}\n`);
