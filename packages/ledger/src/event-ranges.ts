import { LedgerError } from "./ledger-error.ts";

/** A choice of events by sequence number; a Set of numbers is one too. */
export interface EventChoice {
  has(seq: number): boolean;
}

const MAX_RANGES = 10_000;

/**
 * Reads `1,5-9`; `all` and `none` are choices too. Ranges stay ranges, however far they reach.
 * @throws LedgerError `format`.
 */
export function parseEventChoice(text: string): EventChoice {
  if (text === "all") return { has: () => true };
  if (text === "none") return { has: () => false };
  const parts = text.split(",");
  if (parts.length > MAX_RANGES) throw new LedgerError("format", `more than ${MAX_RANGES} ranges of events`);
  const ranges = parts.map(parseRange);
  return { has: (seq) => ranges.some(([first, last]) => first <= seq && seq <= last) };
}

function parseRange(text: string): readonly [first: number, last: number] {
  const [, first = "", last = first] = /^([1-9]\d{0,14})(?:-([1-9]\d{0,14}))?$/.exec(text) ?? [];
  if (first === "" || Number(last) < Number(first)) {
    throw new LedgerError("format", `${JSON.stringify(text)} is not a choice of events: all, none, or such as 1,5-9`);
  }
  return [Number(first), Number(last)];
}
