import { canonicalJson } from "@berth/ledger";

/** Every byte with one of its bits flipped, another bit for each. */
export function flippedBytes(bundle: string): readonly string[] {
  const bytes = Buffer.from(bundle);
  return Array.from(bytes, (byte, at) => {
    const changed = Buffer.from(bytes);
    changed[at] = byte ^ (1 << (at % 7));
    return changed.toString("utf8");
  });
}

/**
 * One bundle per field, with that field changed and the file canonical again, so that it is the field that gives it away.
 * The signed payload is one of the fields.
 */
export function changedFields(bundle: string): readonly { readonly field: string; readonly bundle: string }[] {
  const original: unknown = JSON.parse(bundle);
  return fieldsOf(original).map((path) => {
    const changed: unknown = structuredClone(original);
    const key = path.at(-1) ?? "";
    // The path came from this very value: everything on it is an object or an array.
    let holder = changed as Record<string, unknown>;
    for (const step of path.slice(0, -1)) holder = holder[step] as Record<string, unknown>;
    holder[key] = changeOf(holder[key]);
    return { field: path.join("."), bundle: canonicalJson(changed) };
  });
}

function fieldsOf(value: unknown): readonly (readonly string[])[] {
  if (typeof value !== "object" || value === null) return [[]];
  return Object.entries(value).flatMap(([key, inside]) => fieldsOf(inside).map((path) => [key, ...path]));
}

function changeOf(value: unknown): unknown {
  if (typeof value === "number") return value + 1;
  if (typeof value !== "string") return value !== true;
  // By code points: half of one is no text.
  const letters = Array.from(value);
  const middle = Math.floor(letters.length / 2);
  return letters.with(middle, letters[middle] === "A" ? "B" : "A").join("");
}
