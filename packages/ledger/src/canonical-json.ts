import { LedgerError } from "./ledger-error.ts";

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

export interface CanonicalJsonOptions {
  /** Refuse every number that is not an integer within ±(2^53 − 1): what is signed must read the same in every language. */
  readonly integersOnly?: boolean;
  /** Less than MAX_JSON_DEPTH for what will be put inside of something else. */
  readonly maxDepth?: number;
}

/** Deeper values are refused, here and by the parsers: the functions that walk them recurse. */
export const MAX_JSON_DEPTH = 512;

/**
 * RFC 8785 (JCS) text of a JSON value. A member that is `undefined` is absent, as for JSON.stringify.
 * @throws LedgerError `json` for lone surrogates, non-finite numbers, anything that is not JSON, and too much depth.
 */
export function canonicalJson(value: unknown, options: CanonicalJsonOptions = {}): string {
  const { integersOnly = false, maxDepth = MAX_JSON_DEPTH } = options;
  return write(value, integersOnly, maxDepth);
}

function write(value: unknown, integersOnly: boolean, depthLeft: number): string {
  if (depthLeft < 0) throw new LedgerError("json", "nested too deep");
  switch (typeof value) {
    case "string":
      return writeString(value);
    case "number":
      return writeNumber(value, integersOnly);
    case "boolean":
      return value ? "true" : "false";
    case "object":
      if (value === null) return "null";
      if (Array.isArray(value)) return writeArray(value, integersOnly, depthLeft);
      return writeObject(value, integersOnly, depthLeft);
    default:
      throw new LedgerError("json", `a ${typeof value} is not JSON`);
  }
}

/** Text that stands between quotes as it is; nearly all of it in receipts. */
const PLAIN = /^[\u0020\u0021\u0023-\u005b\u005d-\u007e]*$/;

function writeString(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`;
  if (!text.isWellFormed()) throw new LedgerError("json", "a string holds a lone surrogate");
  return JSON.stringify(text);
}

function writeNumber(value: number, integersOnly: boolean): string {
  if (!Number.isFinite(value)) throw new LedgerError("json", "a number is not finite");
  if (integersOnly && !Number.isSafeInteger(value)) {
    throw new LedgerError("json", `${value} is not an integer below 2^53`);
  }
  // ECMAScript's number to string is the one of RFC 8785 §3.2.2.3; it writes -0 as 0.
  return String(value);
}

function writeArray(items: readonly unknown[], integersOnly: boolean, depthLeft: number): string {
  let text = "[";
  for (let i = 0; i < items.length; i++) {
    if (i > 0) text += ",";
    text += write(items[i], integersOnly, depthLeft - 1);
  }
  return `${text}]`;
}

function writeObject(value: object, integersOnly: boolean, depthLeft: number): string {
  const prototype: unknown = Object.getPrototypeOf(value);
  // Plain objects of any realm; a Date or a Map would become an empty object without a word.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
    throw new LedgerError("json", "an object is not plain");
  }
  let text = "";
  // The default order of sort is by UTF-16 code units, as RFC 8785 §3.2.3 wants it.
  for (const key of Object.keys(value).sort()) {
    // Object.keys gave the key, so it is there; its value is checked by write.
    const member: unknown = (value as Record<string, unknown>)[key];
    if (member === undefined) continue;
    text += `${text === "" ? "" : ","}${writeString(key)}:${write(member, integersOnly, depthLeft - 1)}`;
  }
  return `{${text}}`;
}
