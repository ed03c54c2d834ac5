import type { JsonObject, JsonValue } from "../a2a.ts";
import type { Parser } from "./place.ts";
import { isObject } from "./proto-object.ts";

const MAX_ENTRIES = 10_000;
const MAX_ID_LENGTH = 256;
const MAX_INT32 = 2 ** 31 - 1;

export const anyString: Parser<string> = (value, place) =>
  typeof value === "string" ? value : place.report("must be a string");

/** For fields that must say something. */
export const filledString: Parser<string> = (value, place) => {
  if (typeof value !== "string") return place.report("must be a string");
  return value === "" ? place.report("must not be empty") : value;
};

/** For optional fields: proto3 cannot tell "" from absent. */
export const optionalString: Parser<string> = (value, place) => {
  if (typeof value !== "string") return place.report("must be a string");
  return value === "" ? undefined : value;
};

/** Ids go into keys, logs and headers. */
export const id: Parser<string> = (value, place) => {
  if (typeof value !== "string") return place.report("must be a string");
  if (value === "") return place.report("must not be empty");
  if (value.length > MAX_ID_LENGTH) return place.report(`must not be longer than ${MAX_ID_LENGTH} characters`);
  // oxlint-disable-next-line no-control-regex -- control characters are what this refuses
  return /[\u0000-\u001f\u007f]/.test(value) ? place.report("must not contain control characters") : value;
};

export const optionalId: Parser<string> = (value, place) => (value === "" ? undefined : id(value, place));

export const boolean: Parser<boolean> = (value, place) =>
  typeof value === "boolean" ? value : place.report("must be true or false");

/** ProtoJSON writes int32 as a number and reads it as a decimal string too. */
export function integer({ min, max = MAX_INT32 }: { readonly min: number; readonly max?: number }): Parser<number> {
  return (value, place) => {
    const number = typeof value === "string" && /^-?\d{1,10}$/.test(value) ? Number(value) : value;
    if (typeof number !== "number" || !Number.isInteger(number)) return place.report("must be an integer");
    if (number < min) return place.report(`must be at least ${min}`);
    return number > max ? place.report(`must be at most ${max}`) : number;
  };
}

export function oneOf<T extends string>(values: readonly T[]): Parser<T> {
  const allowed: ReadonlySet<unknown> = new Set(values);
  // The set holds exactly the values of T.
  return (value, place) => (allowed.has(value) ? (value as T) : place.report(`must be one of ${values.join(", ")}`));
}

/** What JSON.parse gave us is JSON; how deep it may be is the edge's business. */
export const jsonValue: Parser<JsonValue> = (value) => value as JsonValue;

export const jsonObject: Parser<JsonObject> = (value, place) =>
  // An object out of JSON.parse is a JsonObject.
  isObject(value) ? (value as JsonObject) : place.report("must be a JSON object");

export function listOf<T>(
  parser: Parser<T>,
  { min = 0, max = MAX_ENTRIES }: { readonly min?: number; readonly max?: number } = {},
): Parser<readonly T[]> {
  return (value, place) => {
    if (!Array.isArray(value)) return place.report("must be an array");
    if (value.length < min) return place.report(min === 1 ? "must not be empty" : `must have at least ${min} entries`);
    if (value.length > max) return place.report(`must not have more than ${max} entries`);
    const list: T[] = [];
    for (const [index, entry] of value.entries()) {
      if (place.full) break;
      const parsed = parser(entry, place.item(index));
      if (parsed !== undefined) list.push(parsed);
    }
    return list;
  };
}

/** A map with keys of the sender's choosing. `Object.fromEntries` defines its keys, so `__proto__` is a key like any other. */
export function mapOf<T>(parser: Parser<T>): Parser<{ readonly [key: string]: T }> {
  return (value, place) => {
    if (!isObject(value)) return place.report("must be a JSON object");
    const entries = Object.entries(value);
    if (entries.length > MAX_ENTRIES) return place.report(`must not have more than ${MAX_ENTRIES} entries`);
    const parsed: [string, T][] = [];
    for (const [key, entry] of entries) {
      if (place.full) break;
      const item = parser(entry, place.entry(key));
      if (item !== undefined) parsed.push([key, item]);
    }
    return Object.fromEntries(parsed);
  };
}

export const strings: Parser<readonly string[]> = listOf(filledString);
