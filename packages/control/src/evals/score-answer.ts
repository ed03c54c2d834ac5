import { MAX_MATCHED_LENGTH, compilePattern, compileSchema } from "@berth/protocol";
import type { EvalCase, EvalScorer, JsonValue } from "@berth/protocol";
import { isDeepStrictEqual } from "node:util";
import { partOf } from "./json-pointer.ts";

/** Scores are thousandths: sums of them are exact, and 1.000 is never rounded up to. */
export const FULL_SCORE = 1_000;
const MAX_REASON = 300;

export interface Scored {
  /** 0 to FULL_SCORE. */
  readonly score: number;
  /** Why it is not the full one. */
  readonly failure?: string;
}

/** A scorer that needs nobody else. */
export type PlainScorer = Exclude<EvalScorer, { readonly type: "code" | "judge" }>;

/** What the scorer makes of an answer; undefined is an agent that answered nothing. */
export function scoreAnswer(
  scorer: PlainScorer,
  { expected }: Pick<EvalCase, "expected">,
  output: JsonValue | undefined,
): Scored {
  const { at = "" } = scorer;
  const part = partOf(output, at);
  const problem = part === undefined ? "there is nothing" : problemOf(scorer, part, partOf(expected, at));
  if (problem === undefined) return { score: FULL_SCORE };
  return failed(`${scorer.type}${at === "" ? "" : ` ${at}`}: ${problem}`);
}

export function failed(reason: string): Scored {
  return { score: 0, failure: shorten(reason) };
}

/** As text that can be signed and stored. */
export function shorten(text: string): string {
  const well = text.toWellFormed().replaceAll("\u0000", "\u{FFFD}");
  return well.length <= MAX_REASON ? well : `${well.slice(0, MAX_REASON).toWellFormed()}…`;
}

export function formatScore(thousandths: number): string {
  return `${Math.trunc(thousandths / FULL_SCORE)}.${String(thousandths % FULL_SCORE).padStart(3, "0")}`;
}

/** Of text such as `0.9` that `parseSuites` has checked. */
export function toThousandths(text: string): number {
  const [whole = "0", fraction = ""] = text.split(".");
  return Number(whole) * FULL_SCORE + Number(fraction.padEnd(3, "0"));
}

function problemOf(scorer: PlainScorer, part: JsonValue, expected: JsonValue | undefined): string | undefined {
  switch (scorer.type) {
    case "exact":
      return isDeepStrictEqual(part, expected) ? undefined : `expected ${show(expected)}, got ${show(part)}`;
    case "number":
      return isBounded(scorer) ? boundProblem(part, scorer) : numberProblem(part, expected, scorer.tolerance);
    case "contains":
      return textOf(part).includes(scorer.text) ? undefined : `does not contain ${show(scorer.text)}`;
    case "regex":
      return patternProblem(scorer.pattern, textOf(part));
    default:
      return compileSchema(scorer.schema)(part);
  }
}

type NumberScorer = Extract<EvalScorer, { readonly type: "number" }>;

/** Whether it looks at bounds, and so needs nothing expected. */
export function isBounded({ min, max }: Pick<NumberScorer, "min" | "max">): boolean {
  return min !== undefined || max !== undefined;
}

function boundProblem(part: JsonValue, { min, max }: NumberScorer): string | undefined {
  if (typeof part !== "number") return `expected a number, got ${show(part)}`;
  if (min !== undefined && part < min) return `${part} is less than ${min}`;
  return max !== undefined && part > max ? `${part} is more than ${max}` : undefined;
}

function numberProblem(part: JsonValue, expected: JsonValue | undefined, tolerance: number): string | undefined {
  if (typeof part !== "number") return `expected a number, got ${show(part)}`;
  const near = typeof expected === "number" && Math.abs(part - expected) <= tolerance;
  return near ? undefined : `expected ${show(expected)} ± ${tolerance}, got ${part}`;
}

function patternProblem(pattern: string, text: string): string | undefined {
  if (text.length > MAX_MATCHED_LENGTH) return `longer than ${MAX_MATCHED_LENGTH} characters`;
  return compilePattern(pattern)(text) ? undefined : `${show(text)} does not match`;
}

/** Text as it is, anything else as JSON. */
function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function show(value: JsonValue | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 80 ? text : `${text.slice(0, 80)}…`;
}
