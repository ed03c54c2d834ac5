// Spans a second end to end: OTLP/HTTP requests into a platform process with its default stores, and until the last of them
// can be found. The sender shares the machine with it.
//
//   node bench/otlp-ingest.ts --spans 200000
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";
import { OTLP_CONTENT_TYPES, writeOtlp } from "@berth/telemetry";
import type { OtlpEncoding, SpanRecord } from "@berth/telemetry";
import { PlatformProcess } from "@berth/testing";
import { table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    spans: { type: "string", default: "20000" },
    batch: { type: "string", default: "512" },
    connections: { type: "string", default: "4" },
    json: { type: "boolean", default: false },
  },
});
const batch = Number(values.batch);
const requests = Math.ceil(Number(values.spans) / batch);
const connections = Number(values.connections);
const GIVE_UP_MS = 120_000;

const home = await mkdtemp(join(tmpdir(), "berth-bench-otlp-"));
const platform = await PlatformProcess.start({ home });
try {
  const rates = [];
  for (const encoding of ["protobuf", "json"] as const) rates.push(await measure(encoding));
  if (values.json) console.log(JSON.stringify(rates));
  else console.log(table(rates));
} finally {
  await platform.stop();
  await rm(home, { recursive: true, force: true });
}

async function measure(encoding: OtlpEncoding): Promise<Record<string, string | number>> {
  const service = `bench-${encoding}`;
  // Encoded before: what is measured is the platform.
  const bodies = Array.from({ length: requests }, (_, n) => writeOtlp("traces", encoding, spansOf(n, service)));
  const started = performance.now();
  let [next, refused] = [0, 0];
  await Promise.all(
    Array.from({ length: connections }, async () => {
      for (;;) {
        const body = bodies[next++];
        if (body === undefined) return;
        for (;;) {
          const response = await platform.fetch("/otlp/v1/traces", {
            method: "POST",
            headers: { "content-type": OTLP_CONTENT_TYPES[encoding] },
            // Bytes in memory of their own, as writeOtlp makes them.
            body: body as Uint8Array<ArrayBuffer>,
          });
          await response.arrayBuffer();
          if (response.status === 200) break;
          if (response.status !== 429 && response.status !== 503) throw new Error(`HTTP ${response.status}`);
          refused += 1;
          await pause(50);
        }
      }
    }),
  );
  const acceptedMs = performance.now() - started;
  const last = traceIdOf(requests - 1, service);
  while ((await spansFound(last)) < batch) {
    if (performance.now() - started > GIVE_UP_MS) throw new Error("the last spans were not found");
    await pause(20);
  }
  const spans = requests * batch;
  const foundMs = performance.now() - started;
  const perSecond = (ms: number): number => Math.round((spans * 1_000) / ms);
  return { encoding, spans, acceptedPerSecond: perSecond(acceptedMs), foundPerSecond: perSecond(foundMs), refused };
}

async function spansFound(traceId: string): Promise<number> {
  const response = await platform.fetch(`/v1/traces/${traceId}`);
  if (response.status === 404) return 0;
  // As docs/reference/api.md has it.
  return ((await response.json()) as { readonly spans: readonly unknown[] }).spans.length;
}

function traceIdOf(request: number, service: string): string {
  const lead = service.endsWith("json") ? "b" : "a";
  return lead + (request + 1).toString(16).padStart(31, "0");
}

/** One trace in each request: an agent's turn with model and tool calls. */
function spansOf(request: number, service: string): readonly SpanRecord[] {
  const startUs = Date.now() * 1_000;
  const root = "1".padStart(16, "0");
  return Array.from({ length: batch }, (_, n) => ({
    source: "agent",
    traceId: traceIdOf(request, service),
    spanId: (n + 1).toString(16).padStart(16, "0"),
    ...(n === 0 ? {} : { parentSpanId: root }),
    name: n % 4 === 0 ? "chat model-1" : "execute_tool search",
    kind: "client",
    startUs: startUs + n,
    endUs: startUs + n + 1_500,
    status: n % 50 === 0 ? "error" : "ok",
    attributes: {
      "gen_ai.operation.name": n % 4 === 0 ? "chat" : "execute_tool",
      "gen_ai.request.model": "model-1",
      "gen_ai.usage.input_tokens": n,
      "gen_ai.tool.name": "search",
      "server.address": "llm.example",
    },
    resource: { "service.name": service },
  }));
}
