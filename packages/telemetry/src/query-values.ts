const UNITS_US: Readonly<Record<string, number>> = {
  us: 1,
  µs: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
  w: 604_800_000_000,
};
const UNITS_BYTES: Readonly<Record<string, number>> = {
  b: 1,
  kb: 1_000,
  mb: 1_000_000,
  gb: 1_000_000_000,
  kib: 1_024,
  mib: 1_048_576,
  gib: 1_073_741_824,
};
const NUMBER = /^(-?\d+(?:\.\d+)?(?:e[+-]?\d{1,3})?)([a-zµ]*)$/i;
const INSTANT = /^\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d))?$/;

/** `2s` is 2,000,000 (microseconds), `10kb` 10,000 (bytes), `0.05` itself. Undefined: it is no number. */
export function queryNumber(text: string): number | undefined {
  const [, digits = "", unit = ""] = NUMBER.exec(text) ?? [];
  if (digits === "") return undefined;
  const name = unit.toLowerCase();
  const factor = name === "" ? 1 : (UNITS_US[name] ?? UNITS_BYTES[name]);
  const value = factor === undefined ? Number.NaN : Number(digits) * factor;
  return Number.isFinite(value) ? value : undefined;
}

/** Microseconds of `15m`, `2h`, `7d`. */
export function queryDurationUs(text: string): number | undefined {
  const [, , unit = ""] = NUMBER.exec(text) ?? [];
  if (!Object.hasOwn(UNITS_US, unit.toLowerCase())) return undefined;
  return queryNumber(text);
}

/** RFC 3339 or a date, to the microsecond. */
export function parseInstantUs(text: string): number | undefined {
  const [match, fraction = ""] = INSTANT.exec(text) ?? [];
  if (match === undefined) return undefined;
  const ms = Date.parse(text.replace(fraction, ""));
  return Number.isNaN(ms) || ms < 0 ? undefined : ms * 1_000 + Math.floor(Number(`0${fraction}`) * 1_000_000);
}

export function formatInstantUs(us: number): string {
  const seconds = new Date(Math.floor(us / 1_000_000) * 1_000).toISOString().slice(0, 19);
  const fraction = String(us % 1_000_000)
    .padStart(6, "0")
    .replace(/0+$/, "");
  return fraction === "" ? `${seconds}Z` : `${seconds}.${fraction}Z`;
}

/** What a field's value asks for. In a Query a `*` at the end is a prefix; a value that itself ends with one ends with `\*`. */
export function fieldValueOf(value: string): { readonly text: string; readonly isPrefix: boolean } {
  if (value.endsWith("\\*")) return { text: `${value.slice(0, -2)}*`, isPrefix: false };
  if (value.endsWith("*")) return { text: value.slice(0, -1), isPrefix: true };
  return { text: value, isPrefix: false };
}

/** The value of a Query that asks for exactly this text. */
export function exactFieldValue(text: string): string {
  return text.endsWith("*") ? `${text.slice(0, -1)}\\*` : text;
}
