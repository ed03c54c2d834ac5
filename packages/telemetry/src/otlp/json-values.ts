import type { AttributeValue } from "../attributes.ts";
import { hexOfBase64 } from "./base64.ts";
import { LIMITS } from "./limits.ts";
import { AttributeBag, numberValue } from "./record-budget.ts";
import type { RecordBudget } from "./record-budget.ts";

export type Json = Readonly<Record<string, unknown>>;

/** What is of another type than it should be counts as absent, as it does on the wire. */
export function jsonObject(value: unknown): Json {
  // A JSON object has no other keys than texts.
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

export function jsonList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** JSON's escapes can say halves of surrogate pairs, which are no text. */
export function jsonText(value: unknown): string {
  return typeof value === "string" ? value.toWellFormed() : "";
}

/** 64-bit integers come as text or as numbers, doubles also as "NaN" and "Infinity". */
export function jsonNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string" || value.trim() === "") return undefined;
  const number = Number(value);
  return Number.isNaN(number) && value !== "NaN" ? undefined : number;
}

/** Enum values are integers; names, which other writers of JSON send, are taken too. */
export function jsonEnum(value: unknown, names: readonly string[]): number {
  if (typeof value === "string") return Math.max(0, names.indexOf(value));
  return jsonCount(value);
}

export function jsonCount(value: unknown): number {
  const number = jsonNumber(value) ?? 0;
  return Number.isFinite(number) && number > 0 ? Math.trunc(number) : 0;
}

/** Nanoseconds as whole microseconds, without the rounding that a double of nanoseconds has. */
export function jsonTimeUs(value: unknown): number {
  if (typeof value === "string" && /^\d{4,20}$/.test(value)) return Number(value.slice(0, -3));
  return Math.floor(jsonCount(value) / 1_000);
}

/** Hex as OTLP/JSON has it; base64 as Protocol Buffers' JSON otherwise has bytes. The lengths tell them apart. */
export function jsonId(value: unknown, hexLength: 32 | 16): string {
  const text = jsonText(value);
  if (text.length === hexLength) return /^[0-9a-f]+$/i.test(text) ? text.toLowerCase() : "";
  return text.length > 0 && text.length <= 24 ? (hexOfBase64(text) ?? "") : "";
}

export function readJsonAttributes(value: unknown, budget: RecordBudget, max: number): AttributeBag {
  const bag = new AttributeBag(budget, max);
  for (const each of jsonList(value)) addKeyValue(each, bag, budget, 0);
  return bag;
}

/** Undefined: nested too deep. */
export function readJsonValue(value: unknown, budget: RecordBudget, depth = 0): AttributeValue | undefined {
  if (depth > LIMITS.depth) return undefined;
  const any = jsonObject(value);
  if (typeof any["stringValue"] === "string") return budget.text(jsonText(any["stringValue"]));
  if (typeof any["boolValue"] === "boolean") return any["boolValue"];
  if (any["intValue"] !== undefined) return jsonNumber(any["intValue"]) ?? null;
  if (any["doubleValue"] !== undefined) return numberOrNull(jsonNumber(any["doubleValue"]));
  if (any["arrayValue"] !== undefined) return readList(any["arrayValue"], budget, depth + 1);
  if (any["kvlistValue"] !== undefined) return readMap(any["kvlistValue"], budget, depth + 1);
  if (typeof any["bytesValue"] === "string") return budget.text(jsonText(any["bytesValue"]));
  return null;
}

function addKeyValue(value: unknown, bag: AttributeBag, budget: RecordBudget, depth: number): void {
  const pair = jsonObject(value);
  bag.add(jsonText(pair["key"]), readJsonValue(pair["value"], budget, depth));
}

function readList(value: unknown, budget: RecordBudget, depth: number): AttributeValue {
  const values: AttributeValue[] = [];
  for (const each of jsonList(jsonObject(value)["values"])) {
    if (!budget.takeValue()) continue;
    const read = readJsonValue(each, budget, depth);
    if (read === undefined) budget.dropped += 1;
    else values.push(read);
  }
  return values;
}

function readMap(value: unknown, budget: RecordBudget, depth: number): AttributeValue {
  const bag = new AttributeBag(budget, LIMITS.values);
  for (const each of jsonList(jsonObject(value)["values"])) {
    if (budget.takeValue()) addKeyValue(each, bag, budget, depth);
  }
  return bag.values;
}

function numberOrNull(value: number | undefined): AttributeValue {
  return value === undefined ? null : numberValue(value);
}
