import { LOG_LEVELS, VIEW_KINDS } from "@berth/telemetry";
import { piecesOf, quoteValue } from "./query-pieces.ts";

/** What may be written where the text ends. */
export interface Completion {
  /** From here on the text is replaced. */
  readonly from: number;
  readonly field?: string;
  readonly prefix: string;
}

const WORDS: Readonly<Record<string, readonly string[]>> = {
  level: [...LOG_LEVELS, ...LOG_LEVELS.slice(2).map((level) => `>=${level}`)],
  kind: VIEW_KINDS,
  status: ["error", "ok", "unset"],
  source: ["platform", "agent", "stdout", "stderr"],
  since: ["5m", "15m", "1h", "6h", "24h", "7d"],
  until: ["5m", "15m", "1h", "24h"],
  dur: [">100ms", ">1s", ">2s", ">10s", "<100ms"],
  cost: [">0.01", ">0.05", ">1"],
};

/** Undefined: nothing is asked for here, as in an open quote. */
export function completionAt(text: string): Completion | undefined {
  const last = piecesOf(text).at(-1);
  if (last === undefined || last.to < text.length) return { from: text.length, prefix: "" };
  if (/^-?[/"]/.test(last.text)) return undefined;
  const [, sign = "", field, rest = ""] = /^(-?)(?:([A-Za-z_][A-Za-z0-9_.-]*):)?(.*)$/s.exec(last.text) ?? [];
  if (field === undefined) return { from: last.from + sign.length, prefix: rest };
  // The last of several values is the one that is being written.
  const bar = rest.lastIndexOf("|");
  return { from: last.from + sign.length + field.length + 1 + bar + 1, field, prefix: rest.slice(bar + 1) };
}

/** The words that a field has by itself. */
export function wordsOf(field: string): readonly string[] | undefined {
  return Object.hasOwn(WORDS, field) ? WORDS[field] : undefined;
}

/** The best few first: those that begin so, then those that have it somewhere. */
export function rank(options: readonly string[], prefix: string, most: number): readonly string[] {
  const wanted = prefix.toLowerCase().replace(/^"/, "");
  const begins = options.filter((option) => option.toLowerCase().startsWith(wanted));
  const has = options.filter((option) => option.toLowerCase().indexOf(wanted) > 0);
  return [...begins, ...has].slice(0, most);
}

export function complete(text: string, { from, field }: Completion, option: string): string {
  if (field === undefined) return `${text.slice(0, from)}${option}:`;
  return `${text.slice(0, from)}${wordsOf(field) === undefined ? quoteValue(option) : option} `;
}
