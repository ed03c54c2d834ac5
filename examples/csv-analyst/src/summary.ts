import type { CsvTable } from "./csv.ts";

export interface Summary {
  readonly rows: number;
  readonly total: number;
  readonly mean: number;
  readonly smallest: number;
  readonly largest: number;
}

/** Columns in which every row holds a number. */
export function numericColumns({ columns, rows }: CsvTable): readonly string[] {
  return columns.filter((_column, index) => rows.length > 0 && rows.every((row) => isNumber(row[index] ?? "")));
}

/** @throws Error when a row holds no number there. */
export function summarize(table: CsvTable, column: string): Summary {
  const index = table.columns.indexOf(column);
  const values: number[] = table.rows.map((row, position) => {
    const text = row[index] ?? "";
    if (!isNumber(text)) throw new Error(`"${text}" in column ${column}, record ${position + 2}, is not a number.`);
    return Number(text);
  });
  const total = values.reduce((sum, value) => sum + value, 0);
  return {
    rows: values.length,
    total: round(total),
    mean: values.length === 0 ? 0 : round(total / values.length),
    smallest: values.reduce((a, b) => Math.min(a, b), values[0] ?? 0),
    largest: values.reduce((a, b) => Math.max(a, b), values[0] ?? 0),
  };
}

export function toMarkdown(source: string, column: string, { rows, total, mean, smallest, largest }: Summary): string {
  return [
    `# ${column} in ${source}`,
    "",
    "| figure | value |",
    "|---|---:|",
    `| rows | ${rows} |`,
    `| total | ${total} |`,
    `| mean | ${mean} |`,
    `| smallest | ${smallest} |`,
    `| largest | ${largest} |`,
    "",
  ].join("\n");
}

function isNumber(text: string): boolean {
  return /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(text);
}

/** Sums of decimal fractions carry binary noise; six places are more than any amount has. */
function round(value: number): number {
  return Math.round(value * 1e6) / 1e6;
}
