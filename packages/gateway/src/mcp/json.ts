import type { JsonObject, JsonValue } from "@berth/protocol";

/** An own member; nothing comes from a prototype. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/** For what came out of a JSON parser: then an object holds JSON values only. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectAt(value: unknown, name: string): JsonObject | undefined {
  const found = member(value, name);
  return isJsonObject(found) ? found : undefined;
}

export function textAt(value: unknown, name: string): string | undefined {
  const found = member(value, name);
  return typeof found === "string" ? found : undefined;
}

export function stringsAt(value: unknown, name: string): readonly string[] {
  const found = member(value, name);
  return Array.isArray(found) ? found.filter((each) => typeof each === "string") : [];
}

export function objectsAt(value: unknown, name: string): readonly JsonObject[] {
  const found = member(value, name);
  return Array.isArray(found) ? found.filter((each) => isJsonObject(each)) : [];
}

/** The same text for the same value, whatever the order of its keys. */
export function canonicalText(value: JsonValue): string {
  if (Array.isArray(value)) return `[${value.map((each: JsonValue) => canonicalText(each)).join(",")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, each]) => `${JSON.stringify(key)}:${canonicalText(each)}`).join(",")}}`;
}
