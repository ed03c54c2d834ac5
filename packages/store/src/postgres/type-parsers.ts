import { types } from "pg";
import type { CustomTypesConfig } from "pg";

/**
 * int8 as a number and timestamptz as RFC 3339 text with milliseconds. The driver's own choice (text and Date) differs
 * from what the records say. Everything we store in int8 counts things; a value past 2^53 is a broken database.
 */
export const parsers: CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    if (format === "binary") return types.getTypeParser(oid, format);
    if (oid === types.builtins.INT8) return toSafeInteger;
    if (oid === types.builtins.TIMESTAMPTZ) return toInstantText;
    return types.getTypeParser(oid, format);
  },
};

export function toSafeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new RangeError(`int8 ${text} does not fit a number`);
  return value;
}

const parseDate = types.getTypeParser(types.builtins.TIMESTAMPTZ, "text");

function toInstantText(text: string): string {
  const date: unknown = parseDate(text);
  if (!(date instanceof Date)) throw new RangeError(`timestamptz ${text} is not a moment`);
  return date.toISOString();
}
