import { levelOf } from "@berth/telemetry";
import type { LogLevel, StoredLog } from "@berth/telemetry";
import { ANSI, jsonOf, withoutAnsi } from "./log-text.ts";

export interface LogPattern {
  readonly pattern: string;
  readonly count: number;
  readonly level: LogLevel;
  readonly lastUs: number;
  readonly example: string;
}

const MOST_CHARACTERS = 400;
const VARIABLES: readonly (readonly [RegExp, string])[] = [
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, "<uuid>"],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, "<time>"],
  [/\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b/g, "<address>"],
  [/\b[a-z]{2,8}_[0-9A-Za-z]{10,}\b/g, "<id>"],
  [/\b(?:0x)?(?=[0-9a-f]*\d)(?=[0-9a-f]*[a-f])[0-9a-f]{6,}\b/gi, "<id>"],
  [/"(?:[^"\\]|\\.)*"/g, '"<text>"'],
  [/(?<![A-Za-z<]\d*)[-+]?\d+(?:\.\d+)?/g, "<n>"],
];

/** What lines of the same statement have in common: numbers, ids and texts in quotes are taken out. */
export function patternOf(body: string): string {
  const value = jsonOf(body);
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return `{${Object.keys(value).toSorted().join(", ")}}`;
  let text = withoutAnsi(body.slice(0, MOST_CHARACTERS));
  for (const [variable, name] of VARIABLES) text = text.replaceAll(variable, name);
  return text.trim();
}

/** The most frequent first. */
export function clusterLines(logs: Iterable<StoredLog>): readonly LogPattern[] {
  const found = new Map<string, { count: number; severity: number; lastUs: number; example: string }>();
  for (const { body, severity, atUs } of logs) {
    const pattern = patternOf(body);
    const known = found.get(pattern);
    if (known === undefined) {
      found.set(pattern, { count: 1, severity, lastUs: atUs, example: body });
      continue;
    }
    known.count += 1;
    known.severity = Math.max(known.severity, severity);
    known.lastUs = Math.max(known.lastUs, atUs);
  }
  return [...found]
    .map(([pattern, { count, severity, lastUs, example }]) => ({
      pattern,
      count,
      level: levelOf(severity),
      lastUs,
      example,
    }))
    .toSorted((a, b) => b.count - a.count || b.lastUs - a.lastUs);
}

/** A term that finds the lines like this one, by what never changes in them. Undefined: that is too little. */
export function termOf(example: string): string | undefined {
  if (jsonOf(example) !== undefined) return undefined;
  // Sequences of colour are in the text that is searched, too.
  let text = example.slice(0, MOST_CHARACTERS).replaceAll(ANSI, VARIABLE);
  for (const [variable] of VARIABLES) text = text.replaceAll(variable, VARIABLE);
  const pieces = text.split(VARIABLE).filter((piece) => piece.trim() !== "");
  if (pieces.join("").trim().length < 3) return undefined;
  return `/${pieces
    .map((piece) => piece.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`))
    .join(".*")
    .trim()}/`;
}

const VARIABLE = "\uFFFC";
