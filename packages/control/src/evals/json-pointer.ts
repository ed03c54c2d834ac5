import type { JsonValue } from "@berth/protocol";

/** RFC 6901, to values that are there themselves; bounded, because it comes with a stranger's suite. */
export function isJsonPointer(text: string): boolean {
  return text.length <= 256 && (text === "" || text.startsWith("/")) && !/~(?![01])/.test(text);
}

/** Undefined when there is no such part. */
export function partOf(value: JsonValue | undefined, pointer: string): JsonValue | undefined {
  if (pointer === "") return value;
  let part: unknown = value;
  for (const token of pointer.slice(1).split("/")) {
    const key = token.replaceAll("~1", "/").replaceAll("~0", "~");
    if (typeof part !== "object" || part === null || !Object.hasOwn(part, key)) return undefined;
    if (Array.isArray(part) && !/^(?:0|[1-9]\d*)$/.test(key)) return undefined;
    // A list's own index or an object's own member; both are read by name.
    part = (part as { readonly [name: string]: unknown })[key];
  }
  // A part of a JSON value is one.
  return part as JsonValue | undefined;
}
