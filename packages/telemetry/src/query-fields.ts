import { nearestKey } from "@berth/protocol";
import { LOG_LEVELS } from "./log-record.ts";
import type { Operator } from "./query.ts";
import { QUERY_FIELDS } from "./query.ts";
import type { QueryScanner } from "./query-scanner.ts";
import { fieldValueOf, parseInstantUs, queryDurationUs, queryNumber } from "./query-values.ts";
import { VIEW_KINDS } from "./span-view-kind.ts";

interface Field {
  readonly field: string;
  readonly op: Operator;
  readonly values: readonly string[];
  readonly at: number;
}

const WORDS: ReadonlyMap<string, readonly string[]> = new Map<string, readonly string[]>([
  ["level", LOG_LEVELS],
  ["kind", VIEW_KINDS],
  // Of spans, then of tasks.
  [
    "status",
    [
      "ok",
      "error",
      "unset",
      "submitted",
      "working",
      "input-required",
      "auth-required",
      "completed",
      "failed",
      "canceled",
      "rejected",
    ],
  ],
  ["source", ["platform", "agent", "stdout", "stderr"]],
]);
const KNOWN: readonly string[] = [...QUERY_FIELDS, "since", "until"];
const NUMBERS: ReadonlySet<string> = new Set(["dur", "cost"]);

/** The values as a Query has them. @throws INVALID_PARAMS for a field or value that can match nothing */
export function checkField(scanner: QueryScanner, { field, op, values, at }: Field): readonly string[] {
  checkName(scanner, field, at);
  const words = WORDS.get(field);
  if (op !== ":" && values.length > 1) throw scanner.error(`${op} takes one value.`, at);
  if (words !== undefined) {
    if (op !== ":" && field !== "level") throw scanner.error(`${field} has no order: write ${field}:${values[0]}.`, at);
    return values.map((value) => checkWord(scanner, { field, op, value, words, at }));
  }
  if (op === ":") {
    if (!NUMBERS.has(field)) return values;
    throw scanner.error(`${field} is compared: ${field}:>${field === "dur" ? "2s" : "0.05"}.`, at);
  }
  for (const value of values) checkNumber(scanner, field, value, at);
  return values;
}

/** Of `since:` and `until:`. */
export function readInstantUs(scanner: QueryScanner, nowUs: number): number {
  const at = scanner.at;
  const text = scanner.word();
  const agoUs = queryDurationUs(text);
  const atUs = agoUs === undefined ? parseInstantUs(text) : Math.max(0, Math.trunc(nowUs - agoUs));
  if (atUs !== undefined) return atUs;
  const shown = text.slice(0, 40);
  throw scanner.error(`"${shown}" is neither a time such as 2026-11-29T10:00:00Z nor how long ago, such as 15m.`, at);
}

function checkName(scanner: QueryScanner, field: string, at: number): void {
  if (KNOWN.includes(field)) return;
  // Any name may be an attribute's key: only what is a slip of the fingers away from a field is taken for that.
  const meant = KNOWN.find((known) => isSlip(field.toLowerCase(), known));
  if (meant !== undefined) throw scanner.error(`"${field}" is not a field.`, at, `Did you mean ${meant}:?`);
}

/** One letter too many, missing or wrong, or all of them in another order. */
function isSlip(typed: string, known: string): boolean {
  if (sorted(typed) === sorted(known)) return true;
  const shorter = Math.min(typed.length, known.length);
  let same = 0;
  while (same < shorter && typed[same] === known[same]) same += 1;
  let behind = 0;
  while (behind < shorter - same && typed.at(-1 - behind) === known.at(-1 - behind)) behind += 1;
  return same + behind >= Math.max(typed.length, known.length) - 1;
}

function sorted(text: string): string {
  return Array.from(text).sort().join("");
}

interface Word extends Omit<Field, "values"> {
  readonly value: string;
  readonly words: readonly string[];
}

function checkWord(scanner: QueryScanner, { field, op, value, words, at }: Word): string {
  const word = value.toLowerCase();
  if ((op === ":" && fieldValueOf(word).isPrefix) || words.includes(word)) return word;
  const nearest = nearestKey(word, words);
  const hint = nearest === undefined ? `One of ${words.join(", ")}.` : `Did you mean ${field}:${nearest}?`;
  throw scanner.error(`"${value.slice(0, 40)}" is no ${field}.`, at, hint);
}

function checkNumber(scanner: QueryScanner, field: string, value: string, at: number): void {
  const isKnown = field === "dur" ? queryDurationUs(value) !== undefined : queryNumber(value) !== undefined;
  if (isKnown) return;
  const example = field === "dur" ? "a duration such as 200ms or 2s" : "a number such as 0.05, 2s or 10kb";
  throw scanner.error(`"${value.slice(0, 40)}" is not ${example}.`, at);
}
