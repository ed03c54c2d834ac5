// OTLP decoded on one thread: spans a second out of export requests of 512 spans, each with ten attributes, one event and a parent,
// as an instrumented HTTP service sends them; in both encodings, with JSON.parse alone beside it.
//
//   node bench/otlp-decode.ts --seconds 3 --rounds 5
import { parseArgs } from "node:util";
import { readOtlp, writeOtlp } from "@berth/telemetry";
import type { OtlpEncoding, SpanRecord } from "@berth/telemetry";
import { median, table } from "./statistics.ts";

const SPANS = 512;
const START_US = 1_790_000_000_000_000;

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "3" },
    rounds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);

const spans = Array.from({ length: SPANS }, (_, n) => span(n));
const bodies = { protobuf: writeOtlp("traces", "protobuf", spans), json: writeOtlp("traces", "json", spans) };
const text = new TextDecoder();
const ways: readonly (readonly [string, () => unknown])[] = [
  ["protobuf", () => read("protobuf")],
  ["json", () => read("json")],
  ["JSON.parse alone", () => JSON.parse(text.decode(bodies.json))],
];
const rates = ways.map(([way, decode]) => {
  measure(decode, Math.min(1, seconds));
  const perSecond = median(Array.from({ length: rounds }, () => measure(decode, seconds)));
  return {
    way,
    bytes: way === "protobuf" ? bodies.protobuf.length : bodies.json.length,
    spansPerSecond: Math.round(perSecond),
  };
});

if (values.json) console.log(JSON.stringify(rates));
else console.log(table(rates));

function read(encoding: OtlpEncoding): void {
  const { records, invalid } = readOtlp("traces", encoding, bodies[encoding], { receivedUs: START_US });
  if (records.length !== SPANS || invalid !== 0) throw new Error(`${records.length} of ${SPANS} spans were read`);
}

function measure(decode: () => unknown, forSeconds: number): number {
  const started = performance.now();
  let requests = 0;
  for (; performance.now() - started < forSeconds * 1_000; requests++) decode();
  return (requests * SPANS * 1_000) / (performance.now() - started);
}

function span(n: number): SpanRecord {
  const id = (n + 1).toString(16);
  return {
    source: "agent",
    traceId: id.padStart(32, "a"),
    spanId: id.padStart(16, "b"),
    parentSpanId: id.padStart(16, "c"),
    name: "GET /v1/things/{id}",
    kind: "server",
    startUs: START_US + n,
    endUs: START_US + n + 1_500,
    status: "unset",
    attributes: {
      "http.request.method": "GET",
      "http.route": "/v1/things/{id}",
      "http.response.status_code": 200,
      "url.path": `/v1/things/${n}`,
      "url.scheme": "https",
      "server.address": "things.example.com",
      "server.port": 443,
      "user_agent.original": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36",
      "thread.ratio": 0.25 + n,
      "enduser.known": true,
    },
    events: [{ name: "cache.miss", atUs: START_US + n + 100, attributes: { "cache.key": `things:${n}` } }],
    resource: { "service.name": "things", "service.version": "1.2.3" },
    scope: "@opentelemetry/instrumentation-http/0.301.0",
  };
}
