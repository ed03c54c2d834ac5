import { oneLine } from "./printable.ts";

/** Aligned columns, two spaces apart. Cells are made safe; what is not there is a dash. */
export function table(
  headers: readonly string[],
  rows: readonly (readonly (string | number | undefined | null)[])[],
  empty: string,
): string {
  if (rows.length === 0) return empty;
  const cells = rows.map((row) => row.map((cell) => oneLine(String(cell ?? ""), 60) || "-"));
  const lines = [headers.map((header) => header.toUpperCase()), ...cells];
  const widths = headers.map((_, column) => Math.max(...lines.map((line) => widthOf(line[column] ?? ""))));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - widthOf(cell) + 2))
        .join("")
        .trimEnd(),
    )
    .join("\n");
}

/** `name  value` lines with the values under each other; undefined ones are left out. */
export function fields(pairs: readonly (readonly [string, string | number | undefined | null])[]): string {
  const shown = pairs.filter(([, value]) => value !== undefined && value !== null && value !== "");
  const width = Math.max(0, ...shown.map(([name]) => name.length));
  return shown.map(([name, value]) => `${name.padEnd(width + 2)}${oneLine(String(value), 2_000)}`).join("\n");
}

function widthOf(text: string): number {
  return Array.from(text).length;
}
