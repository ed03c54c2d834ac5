import type { FieldViolation } from "@berth/protocol";

const UNITS = new Map([
  ["", 1],
  ["KiB", 2 ** 10],
  ["MiB", 2 ** 20],
  ["GiB", 2 ** 30],
  ["TiB", 2 ** 40],
]);
/** Twice as much is still a number without a gap. */
const MOST_BYTES = 2 ** 50;

/** A number of bytes such as `512MiB`; undefined when there is none, or a wrong one. */
export function readByteSize(
  field: string,
  text: string | undefined,
  violations: FieldViolation[],
): number | undefined {
  if (text === undefined || text === "") return undefined;
  const [, digits = "", unit = ""] = /^(\d{1,16}(?:\.\d{1,3})?) ?([A-Za-z]*)$/.exec(text) ?? [];
  const bytes = Math.floor(Number(digits) * (UNITS.get(unit) ?? 0));
  if (bytes >= 1 && bytes <= MOST_BYTES) return bytes;
  violations.push({ field, description: `"${text}" is no number of bytes, such as 500000, 512MiB or 10GiB` });
  return undefined;
}
