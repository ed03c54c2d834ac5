import { LedgerError } from "./ledger-error.ts";

type JsonRecord = { readonly [key: string]: unknown };

export function isRecord(value: unknown): value is JsonRecord {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function readRecord(from: JsonRecord, key: string): JsonRecord {
  const value = own(from, key);
  if (!isRecord(value)) throw missing(key, "an object");
  return value;
}

export function readString(from: JsonRecord, key: string): string {
  const value = own(from, key);
  if (typeof value !== "string") throw missing(key, "a string");
  return value;
}

export function readInteger(from: JsonRecord, key: string): number {
  const value = own(from, key);
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw missing(key, "a whole number");
  return value;
}

export function readArray(from: JsonRecord, key: string, maxLength: number): readonly unknown[] {
  const value = own(from, key);
  if (!Array.isArray(value) || value.length > maxLength) throw missing(key, `an array of at most ${maxLength}`);
  // Array.isArray narrows to any[].
  return value as readonly unknown[];
}

/** Refuses members that nobody would look at: in a proof they are room for somebody else's words. */
export function onlyKeys(from: JsonRecord, keys: readonly string[]): void {
  const extra = Object.keys(from).find((key) => !keys.includes(key));
  if (extra !== undefined) throw new LedgerError("format", `unexpected member ${JSON.stringify(extra)}`);
}

function own(from: JsonRecord, key: string): unknown {
  return Object.hasOwn(from, key) ? from[key] : undefined;
}

function missing(key: string, what: string): LedgerError {
  return new LedgerError("format", `${JSON.stringify(key)} is not ${what}`);
}
