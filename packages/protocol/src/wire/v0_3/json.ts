import type { JsonObject, JsonValue } from "../../a2a.ts";

/** A JSON object without the fields that are undefined. */
export function json(fields: { readonly [name: string]: JsonValue | undefined }): JsonObject {
  // Only undefined is taken out, so JSON is left.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as JsonObject;
}

/** What is neither undefined nor an empty list; 0.3 servers leave empty lists out. */
export function filled<T>(list: readonly T[] | undefined): readonly T[] | undefined {
  return list === undefined || list.length === 0 ? undefined : list;
}
