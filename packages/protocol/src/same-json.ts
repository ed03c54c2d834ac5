/** Deeper than any sensible JSON; values come from strangers and may be nested to exhaust the stack. */
const MAX_DEPTH = 200;

/** Whether both are the same JSON, whatever the order of members. What is nested deeper than 200 levels is never the same. */
export function isSameJson(a: unknown, b: unknown, depth = 0): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null || depth > MAX_DEPTH) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const entries = Object.entries(a);
  if (entries.length !== Object.keys(b).length) return false;
  const other = new Map<string, unknown>(Object.entries(b));
  return entries.every(([key, value]) => other.has(key) && isSameJson(value, other.get(key), depth + 1));
}
