import assert from "node:assert/strict";
import type { ConsoleBrowser } from "./harness.ts";

/** As OTLP/JSON has it (opentelemetry-proto trace.proto). */
export interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code: number; readonly message?: string };
  readonly attributes?: readonly object[];
  readonly events?: readonly object[];
  readonly links?: readonly object[];
}

export interface SeedSpan {
  readonly id: number;
  readonly parent?: number;
  readonly name: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly error?: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly events?: readonly object[];
}

export const hex = (n: number, length: number): string => n.toString(16).padStart(length, "0");

/** Times are milliseconds since `baseMs`. */
export function toOtlp(trace: number, baseMs: number, spans: readonly SeedSpan[]): readonly OtlpSpan[] {
  const nano = (ms: number): string => `${BigInt(Math.round((baseMs + ms) * 1_000)) * 1_000n}`;
  return spans.map(({ id, parent, name, fromMs, toMs, error, attributes = {}, events = [] }) => ({
    traceId: hex(trace, 32),
    spanId: hex(trace * 1_000_000 + id, 16),
    ...(parent === undefined ? {} : { parentSpanId: hex(trace * 1_000_000 + parent, 16) }),
    name,
    kind: 1,
    startTimeUnixNano: nano(fromMs),
    endTimeUnixNano: nano(toMs),
    ...(error === undefined ? {} : { status: { code: 2, message: error } }),
    attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: toValue(value) })),
    events,
  }));
}

function toValue(value: unknown): object {
  if (typeof value === "number") return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
  return typeof value === "string" ? { stringValue: value } : { stringValue: JSON.stringify(value) };
}

/** A run of an agent that asks a model twice and uses a tool, which fails when `isBroken`. */
export function agentTrace(prompt: string, isBroken: boolean): readonly SeedSpan[] {
  const chat = (input: string, output: string, tokens: number): Readonly<Record<string, unknown>> => ({
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "small-1",
    "gen_ai.usage.input_tokens": tokens,
    "gen_ai.usage.output_tokens": 42,
    "gen_ai.input.messages": [
      { role: "system", parts: [{ type: "text", content: "You plan journeys." }] },
      { role: "user", parts: [{ type: "text", content: input }] },
    ],
    "gen_ai.output.messages": [{ role: "assistant", parts: [{ type: "text", content: output }] }],
  });
  return [
    {
      id: 1,
      name: "invoke_agent planner",
      fromMs: 0,
      toMs: 4_200,
      attributes: { "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "planner" },
    },
    {
      id: 2,
      parent: 1,
      name: "chat small-1",
      fromMs: 40,
      toMs: 1_240,
      attributes: chat(prompt, "I look for trains first.", 310),
    },
    {
      id: 3,
      parent: 1,
      name: "execute_tool search_trains",
      fromMs: 1_260,
      toMs: isBroken ? 3_100 : 1_900,
      attributes: {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "search_trains",
        "gen_ai.tool.call.arguments": { from: "Bern", to: "Wien", day: "2026-12-01" },
        "gen_ai.tool.call.result": isBroken
          ? { error: "timeout" }
          : { trains: [{ leaves: "08:02", arrives: "17:11" }] },
      },
      ...(isBroken ? { error: "the timetable did not answer within 1.8 s" } : {}),
      events: isBroken
        ? [
            {
              name: "exception",
              timeUnixNano: "0",
              attributes: [{ key: "exception.type", value: { stringValue: "TimeoutError" } }],
            },
          ]
        : [],
    },
    {
      id: 4,
      parent: 3,
      name: "GET /timetable",
      fromMs: 1_300,
      toMs: isBroken ? 3_090 : 1_880,
      attributes: { "http.request.method": "GET", "url.full": "https://trains.example/timetable" },
    },
    {
      id: 5,
      parent: 1,
      name: "retrieve notes",
      fromMs: 1_265,
      toMs: 1_500,
      attributes: { "gen_ai.operation.name": "retrieval" },
    },
    {
      id: 6,
      parent: 1,
      name: "search_memory planner",
      fromMs: 1_510,
      toMs: 1_560,
      attributes: { "gen_ai.operation.name": "search_memory" },
    },
    {
      id: 7,
      parent: 1,
      name: "chat small-1",
      fromMs: isBroken ? 3_120 : 1_960,
      toMs: 4_180,
      attributes: chat(`${prompt} These are the trains.`, "Take the **08:02** from Bern.", 520),
    },
  ];
}

/** A wide and deep tree of as many spans, with an error in a hundred. */
export function manySpans(count: number): readonly SeedSpan[] {
  const kinds = ["chat", "execute_tool", "retrieval", "invoke_agent"];
  const total = count * 2;
  return Array.from({ length: count }, (_, index) => {
    if (index === 0) return { id: 1, name: "run", fromMs: 0, toMs: total };
    const parent = index < 12 ? 1 : 1 + Math.floor(index / 6);
    const fromMs = index * 1.5;
    return {
      id: index + 1,
      parent,
      name: `${kinds[index % 4] ?? ""} step ${index}`,
      fromMs,
      toMs: Math.min(total, fromMs + 5 + ((index * 7_919) % 400)),
      attributes: { "gen_ai.operation.name": kinds[index % 4], "step.index": index },
      ...(index % 100 === 99 ? { error: `step ${index} failed` } : {}),
    };
  });
}

export async function sendSpans(
  { platform }: Pick<ConsoleBrowser, "platform">,
  spans: readonly OtlpSpan[],
  agent: string,
): Promise<void> {
  for (let from = 0; from < spans.length; from += 2_000) {
    const resource = { attributes: [{ key: "service.name", value: { stringValue: agent } }] };
    await send(platform, "/otlp/v1/traces", {
      resourceSpans: [{ resource, scopeSpans: [{ spans: spans.slice(from, from + 2_000) }] }],
    });
  }
}

export interface SeedLine {
  readonly atMs: number;
  readonly severity: number;
  readonly body: string;
  readonly attributes?: Readonly<Record<string, unknown>>;
  readonly traceId?: string;
  readonly spanId?: string;
}

export async function sendLogs(
  { platform }: Pick<ConsoleBrowser, "platform">,
  lines: readonly SeedLine[],
  agent: string,
): Promise<void> {
  for (let from = 0; from < lines.length; from += 2_000) {
    const logRecords = lines
      .slice(from, from + 2_000)
      .map(({ atMs, severity, body, attributes = {}, traceId, spanId }) => ({
        timeUnixNano: `${BigInt(Math.round(atMs * 1_000)) * 1_000n}`,
        severityNumber: severity,
        body: { stringValue: body },
        attributes: Object.entries(attributes).map(([key, value]) => ({ key, value: toValue(value) })),
        ...(traceId === undefined ? {} : { traceId }),
        ...(spanId === undefined ? {} : { spanId }),
      }));
    const resource = { attributes: [{ key: "service.name", value: { stringValue: agent } }] };
    await send(platform, "/otlp/v1/logs", { resourceLogs: [{ resource, scopeLogs: [{ logRecords }] }] });
  }
}

async function send({ url, token }: ConsoleBrowser["platform"], path: string, body: object): Promise<void> {
  for (;;) {
    const response = await fetch(`${url}${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    // There is no room just now: as every sender does, try again.
    if (response.status === 429) continue;
    assert.equal(response.status, 200, text);
    assert.ok(!text.includes("rejected"), text);
    return;
  }
}
