import type { LogBuffer, LogItem } from "./log-buffer.ts";
import { withoutAnsi } from "./log-text.ts";

/** Beyond this a line is cut where it stands; the panel shows all of it. */
export const MOST_ROWS = 40;

/** How many rows of so many columns a text takes in a font whose characters are all as wide. */
export function rowsOf(text: string, columns: number): number {
  let rows = 0;
  for (const line of withoutAnsi(text).split("\n")) {
    rows += Math.max(1, Math.ceil(cellsOf(line, columns) / columns));
    if (rows >= MOST_ROWS) return MOST_ROWS;
  }
  return rows;
}

/** Characters of East Asian scripts and pictures are two wide. */
function cellsOf(line: string, columns: number): number {
  const most = columns * MOST_ROWS;
  if (!/[\u1100-\uffff]/.test(line) || line.length > most) return line.length;
  let cells = 0;
  for (const character of line) cells += (character.codePointAt(0) ?? 0) >= 0x1100 ? 2 : 1;
  return cells;
}

/** Where each line begins, in rows; at the end, how many there are. What was counted for these columns is not counted again. */
export function layoutRows(buffer: LogBuffer, columns: number): Uint32Array {
  const starts = new Uint32Array(buffer.length + 1);
  let row = 0;
  for (let index = 0; index < buffer.length; index += 1) {
    const item = buffer.at(index);
    starts[index] = row;
    row += item === undefined ? 1 : linesOf(item, columns);
  }
  starts[buffer.length] = row;
  return starts;
}

function linesOf(item: LogItem, columns: number): number {
  if (item.columns !== columns) {
    item.columns = columns;
    item.lines = item.log === undefined ? 1 : rowsOf(item.log.body, columns);
  }
  return item.lines;
}

/** The line that a row belongs to. */
export function indexAt(starts: Uint32Array, row: number): number {
  let low = 0;
  let high = starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((starts[middle] ?? 0) <= row) low = middle;
    else high = middle - 1;
  }
  return low;
}
