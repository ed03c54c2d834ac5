import type { AttributeValue, Attributes } from "./attributes.ts";
import type { LogRecord } from "./log-record.ts";
import { LOG_LEVELS, levelOf } from "./log-record.ts";
import type { Operator, Query, Term } from "./query.ts";
import { compileQueryPattern } from "./query-pattern.ts";
import { fieldValueOf, queryNumber } from "./query-values.ts";
import { EVENT_NAME, GEN_AI, SERVICE_NAME } from "./semconv.ts";
import type { SpanRecord } from "./span.ts";
import { summaryOf } from "./span-summary.ts";
import { tokensOf } from "./tokens.ts";

/** What a query asks of a record; fields that it does not have match nothing. */
interface Subject {
  readonly atUs: number;
  readonly text: string;
  readonly tokens: () => ReadonlySet<string>;
  readonly field: (name: string) => AttributeValue | undefined;
}

type Test = (subject: Subject) => boolean;

// A live tail asks the same query of every line.
const compiled = new WeakMap<Query, readonly Test[]>();

/** Text is the body. The store's SQL answers the same. */
export function matchesLog(query: Query, log: LogRecord): boolean {
  return matches(query, {
    atUs: log.atUs,
    text: log.body,
    tokens: lazyTokens(log.body),
    field: (name) => logField(log, name),
  });
}

/** Text is what `spanText` says. `since` and `until` are about its start. */
export function matchesSpan(query: Query, span: SpanRecord): boolean {
  const text = spanText(span);
  return matches(query, { atUs: span.startUs, text, tokens: lazyTokens(text), field: (name) => spanField(span, name) });
}

/** Where words, phrases and patterns look in a span: its name and what went wrong. */
export function spanText({ name, statusMessage }: SpanRecord): string {
  return statusMessage === undefined ? name : `${name}\n${statusMessage}`;
}

function matches(query: Query, subject: Subject): boolean {
  if (query.sinceUs !== undefined && subject.atUs < query.sinceUs) return false;
  if (query.untilUs !== undefined && subject.atUs >= query.untilUs) return false;
  let tests = compiled.get(query);
  if (tests === undefined) {
    tests = query.terms.map(compileTerm);
    compiled.set(query, tests);
  }
  return tests.every((test) => test(subject));
}

function compileTerm(term: Term): Test {
  const test = positive(term);
  return term.negated ? (subject) => !test(subject) : test;
}

function positive(term: Term): Test {
  switch (term.type) {
    case "regex": {
      const pattern = compileQueryPattern(term.source, (problem) => new Error(problem));
      return ({ text }) => pattern(text);
    }
    case "text": {
      if (term.phrase) return ({ text }) => text.includes(term.text);
      const words = tokensOf(term.text);
      return ({ tokens }) => words.every((word) => tokens().has(word));
    }
    default:
      return fieldTest(term);
  }
}

function fieldTest({ field, op, values }: Extract<Term, { readonly type: "field" }>): Test {
  if (op === ":") {
    const wanted = values.map(fieldValueOf);
    const isWanted = (text: string): boolean =>
      wanted.some((value) => (value.isPrefix ? text.startsWith(value.text) : text === value.text));
    return (subject) => scalarsOf(subject.field(field)).some(isWanted);
  }
  const [value = ""] = values;
  if (field === "level") {
    const rank = rankOf(value);
    return (subject) => {
      const level = subject.field(field);
      return typeof level === "string" && compare(rankOf(level), op, rank);
    };
  }
  const limit = queryNumber(value) ?? Number.NaN;
  return (subject) => {
    const number = subject.field(field);
    return typeof number === "number" && compare(number, op, limit);
  };
}

function rankOf(level: string): number {
  return LOG_LEVELS.findIndex((name) => name === level);
}

function compare(value: number, op: Operator, limit: number): boolean {
  switch (op) {
    case ">":
      return value > limit;
    case ">=":
      return value >= limit;
    case "<":
      return value < limit;
    case "<=":
      return value <= limit;
    default:
      return value === limit;
  }
}

/** Of a list any element; what is nested deeper is not looked at. */
function scalarsOf(value: AttributeValue | undefined): readonly string[] {
  if (value === undefined || value === null) return [];
  if (typeof value !== "object") return [String(value)];
  if (!Array.isArray(value)) return [];
  return value.filter((each) => each !== null && typeof each !== "object").map(String);
}

function logField(log: LogRecord, name: string): AttributeValue | undefined {
  switch (name) {
    case "level":
      return levelOf(log.severity);
    case "name":
      return log.attributes[EVENT_NAME];
    case "tool":
      return log.attributes[GEN_AI.toolName];
    case "model":
      return log.attributes[GEN_AI.responseModel] ?? log.attributes[GEN_AI.requestModel];
    case "kind":
    case "status":
    case "dur":
    case "cost":
      return undefined;
    default:
      return commonField(log, name);
  }
}

function spanField(span: SpanRecord, name: string): AttributeValue | undefined {
  switch (name) {
    case "level":
      return span.status === "error" ? "error" : "info";
    case "name":
      return span.name;
    case "status":
      return span.status;
    case "dur":
      return span.endUs === undefined ? undefined : span.endUs - span.startUs;
    case "kind":
      return summaryOf(span).kind;
    case "tool":
      return summaryOf(span).toolName;
    case "model":
      return summaryOf(span).model;
    case "cost": {
      const { costMicros } = summaryOf(span);
      return costMicros === undefined ? undefined : costMicros / 1_000_000;
    }
    default:
      return commonField(span, name);
  }
}

function commonField(record: SpanRecord | LogRecord, name: string): AttributeValue | undefined {
  switch (name) {
    case "agent":
      return record.agent;
    case "release":
      return record.release;
    case "instance":
      return record.instanceId;
    case "task":
      return record.taskId;
    case "trace":
      return record.traceId;
    case "span":
      return record.spanId;
    case "source":
      return record.source;
    case "service":
      return record.resource?.[SERVICE_NAME];
    default:
      return attribute(record.attributes, name) ?? attribute(record.resource, name);
  }
}

function attribute(attributes: Attributes | undefined, key: string): AttributeValue | undefined {
  return attributes !== undefined && Object.hasOwn(attributes, key) ? attributes[key] : undefined;
}

function lazyTokens(text: string): () => ReadonlySet<string> {
  let tokens: ReadonlySet<string> | undefined;
  return () => (tokens ??= new Set(tokensOf(text)));
}
