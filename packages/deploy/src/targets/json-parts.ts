import type { JsonObject, JsonValue } from "@berth/protocol";

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The member at a path of names; undefined where there is none. */
export function at(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>((part, name) => (isObject(part) ? part[name] : undefined), value);
}

export function textAt(value: JsonValue | undefined, ...path: readonly string[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : "";
}

export function numberAt(value: JsonValue | undefined, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : 0;
}

export function listAt(value: JsonValue | undefined, ...path: readonly string[]): readonly JsonObject[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found.filter(isObject) : [];
}

/** An answer as it is meant to be; of anything else, such as the page of a proxy in between, its text as `message`. */
export function readJsonObject(bytes: Uint8Array): JsonObject {
  const text = Buffer.from(bytes).toString("utf8");
  try {
    const value: JsonValue = JSON.parse(text);
    if (isObject(value)) return value;
  } catch {
    // Told as text.
  }
  return { message: text.trim() };
}
