import type { LogRecord, MetricPoint, Operator, Query, SpanRecord, Term } from "@berth/telemetry";
import type { ExportDestination } from "./telemetry-store.ts";

/** 2026-11-29T10:00:00Z */
export const AT_US = 1_795_946_400_000_000;
export const ALL: Query = { terms: [] };

export function spanOf(spanNumber: number, changes: Partial<SpanRecord> = {}): SpanRecord {
  return {
    traceId: traceIdOf(1),
    spanId: spanNumber.toString(16).padStart(16, "0"),
    name: `span ${spanNumber}`,
    kind: "internal",
    startUs: AT_US + spanNumber,
    endUs: AT_US + spanNumber + 10,
    status: "unset",
    source: "agent",
    attributes: {},
    ...changes,
  };
}

export function traceIdOf(traceNumber: number): string {
  return traceNumber.toString(16).padStart(32, "0");
}

export function logOf(body: string, changes: Partial<LogRecord> = {}): LogRecord {
  return { atUs: AT_US, severity: 9, body, source: "stdout", attributes: {}, ...changes };
}

export function pointOf(name: string, changes: Partial<MetricPoint> = {}): MetricPoint {
  return { name, unit: "1", type: "gauge", atUs: AT_US, attributes: {}, source: "agent", value: 1, ...changes };
}

export function words(text: string): Query {
  return { terms: [{ type: "text", negated: false, text, phrase: false }] };
}

export function field(name: string, ...values: string[]): Query {
  return { terms: [{ type: "field", negated: false, field: name, op: ":", values }] };
}

export function destinationOf(orgId: string, destinationId: string): ExportDestination {
  return {
    orgId,
    destinationId,
    name: "elsewhere",
    url: "https://otlp.example",
    encoding: "protobuf",
    signals: ["traces"],
    secretHeaders: { "api-key": "OTLP_KEY" },
    headers: {},
    sampleRatio: 1,
    redact: ["gen_ai.*"],
    deltaMetrics: false,
    enabled: true,
    createdAt: "2026-11-29T10:00:00.000Z",
    updatedAt: "2026-11-29T10:00:00.000Z",
  };
}

/** The same for the same seed: a failure can be run again. */
export class Dice {
  #state: number;

  constructor(seed: number) {
    this.#state = seed;
  }

  below(limit: number): number {
    // Numerical Recipes' linear congruential generator; its high bits are the better ones.
    this.#state = (Math.imul(this.#state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((this.#state / 2 ** 32) * limit);
  }

  of<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new Error("there is nothing to choose from");
    return value;
  }

  some<T>(values: readonly T[]): readonly T[] {
    return values.filter(() => this.below(3) === 0);
  }
}

const WORDS = ["connection", "refused", "Timeout", "redis.example", "größe", "GROSSE", "12", "a_b", "😀", "Ｆull", "x"];
const ATTRIBUTES = [
  { "http.route": "/a" },
  { "http.route": ["/a", "/b", 3, null] },
  { retries: 3, ok: true },
  { retries: 1e21, tiny: 1e-7, nothing: null },
  { "event.name": "login", nested: { "http.route": "/a" } },
  { "gen_ai.tool.name": "search", "gen_ai.request.model": "model-1", "gen_ai.operation.name": "execute_tool" },
  { "gen_ai.response.model": "model-2", "gen_ai.request.model": "model-1", "gen_ai.operation.name": "chat" },
  { "llm.cost.total": 0.25, "openinference.span.kind": "LLM" },
  {},
];

export function randomLog(dice: Dice): LogRecord {
  const length = dice.below(40) === 0 ? 6_000 : dice.below(6);
  const agent = dice.of(["planner", "plan", "coder"]);
  return {
    atUs: AT_US + dice.below(1_000) * dice.of([1, 1_000_000, 10_000_000]) * dice.of([1, -1]),
    severity: dice.below(25),
    body: Array.from({ length }, () => dice.of(WORDS)).join(dice.of([" ", ", ", ":"])),
    source: dice.of(["stdout", "stderr", "agent", "platform"]),
    attributes: dice.of(ATTRIBUTES),
    ...(dice.below(3) === 0 ? {} : { agent, instanceId: `${agent}-${dice.below(2)}` }),
    ...(dice.below(3) === 0 ? {} : { taskId: `task_${dice.below(4)}`, traceId: traceIdOf(1 + dice.below(4)) }),
    ...(dice.below(2) === 0 ? {} : { resource: { "service.name": dice.of(["svc", "other"]), "http.route": "/r" } }),
    ...(dice.below(4) === 0 ? { scope: "lib/1" } : {}),
  };
}

export function randomSpan(dice: Dice, spanNumber: number): SpanRecord {
  const { atUs, body, severity, source, ...origin } = randomLog(dice);
  return spanOf(spanNumber, {
    ...origin,
    source,
    traceId: traceIdOf(1 + dice.below(12)),
    name: body.slice(0, 40).toWellFormed(),
    startUs: atUs + dice.below(5),
    endUs: atUs + 5 + dice.below(4_000_000),
    status: dice.of(["ok", "error", "unset"]),
    ...(severity > 20 ? { statusMessage: "connection refused by redis" } : {}),
  });
}

export function randomQuery(dice: Dice): Query {
  const terms = Array.from({ length: dice.below(3) }, () => randomTerm(dice));
  const since = dice.below(3) === 0 ? { sinceUs: AT_US + (dice.below(2_000) - 1_000) * 1_000_000 } : {};
  const until = dice.below(3) === 0 ? { untilUs: AT_US + (dice.below(2_000) - 500) * 1_000_000 } : {};
  return { terms, ...since, ...until };
}

const FIELDS: readonly (readonly [field: string, ...values: string[]])[] = [
  ["agent", "planner", "plan", "plan*", "coder", "\uD83D*", "nul\u0000"],
  ["task", "task_1", "task_*"],
  ["trace", traceIdOf(1), traceIdOf(2)],
  ["instance", "planner-0", "coder-1"],
  ["span", "0000000000000001"],
  ["source", "stdout", "std*"],
  ["level", "info", "error", "fatal", "w*"],
  ["service", "svc", "o*"],
  ["release", "rel_1"],
  ["name", "login", "connection", "c*"],
  ["kind", "llm", "tool", "t*"],
  ["status", "error", "ok"],
  ["tool", "search", "s*"],
  ["model", "model-1", "model-2", "model*"],
  ["http.route", "/a", "/b", "3", "/*", "/r"],
  ["retries", "3", "1e+21", "1e21", "true"],
  ["ok", "true"],
  ["tiny", "1e-7", "0.0000001"],
  ["nothing", "null", "*"],
  ["nested", "/a"],
];
const COMPARISONS: readonly (readonly [field: string, ...values: string[]])[] = [
  ["level", "warn", "error", "trace"],
  ["dur", "2s", "500ms"],
  ["cost", "0.05", "0.25"],
  ["retries", "2", "3", "1kb", "x"],
  ["agent", "3"],
  ["http.route", "1"],
];
const OPERATORS: readonly Operator[] = [">", ">=", "<", "<="];

function randomTerm(dice: Dice): Term {
  const negated = dice.below(4) === 0;
  switch (dice.below(6)) {
    case 0:
      return { type: "text", negated, phrase: false, text: dice.of([...WORDS, "grosse", "connection refused", "..."]) };
    case 1:
      return {
        type: "text",
        negated,
        phrase: true,
        text: dice.of(["tion ref", "connection, refused", " 12 ", ":x:", "\uD83D", "a\u0000"]),
      };
    case 2:
      return { type: "regex", negated, source: dice.of(["ref.sed", "^x", "[0-9]+$", "(connection|Timeout) x"]) };
    case 3: {
      const [name, ...values] = dice.of(COMPARISONS);
      return { type: "field", negated, field: name, op: dice.of(OPERATORS), values: [dice.of(values)] };
    }
    default: {
      const [name, ...values] = dice.of(FIELDS);
      return { type: "field", negated, field: name, op: ":", values: [dice.of(values), ...dice.some(values)] };
    }
  }
}
