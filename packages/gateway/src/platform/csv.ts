/**
 * Rows as CSV (RFC 4180). Cells hold names that others chose, and spreadsheets run what begins like a formula: such a
 * cell gets an apostrophe before it. Numbers stay as they are, also negative ones.
 */
export function toCsv(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

const NUMBER = /^-?\d+(?:\.\d+)?$/;
/** What spreadsheets take for a formula, also behind blanks and in the full-width forms. */
const FORMULA = /^[\s\p{Cc}]*[=+\-@\uff1d\uff0b\uff0d\uff20|%]/u;

function cell(text: string): string {
  const safe = !NUMBER.test(text) && FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n\t;']/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
