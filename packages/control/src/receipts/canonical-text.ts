import { LedgerError, MAX_JSON_DEPTH, canonicalJson } from "@berth/ledger";

// An event also has to fit into a bundle, some levels down.
const MAX_DEPTH = MAX_JSON_DEPTH - 16;

/**
 * JCS text of anything an agent or caller may have sent, so that no content can keep a run from getting its receipt.
 * What JCS has no form for is replaced, always in the same way: lone surrogates by U+FFFD, numbers that are not finite
 * by null, and what is nested too deep by null.
 */
export function canonicalText(value: unknown): string {
  try {
    return canonicalJson(value, { maxDepth: MAX_DEPTH });
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return canonicalJson(acceptable(value, 0));
  }
}

function acceptable(value: unknown, depth: number): unknown {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "boolean") return value;
  if (typeof value !== "object" || value === null || depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item: unknown) => acceptable(item, depth + 1));
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([key, member]) => [key.toWellFormed(), acceptable(member, depth + 1)]));
}
