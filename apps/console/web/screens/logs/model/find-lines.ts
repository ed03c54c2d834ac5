import type { LogBuffer } from "./log-buffer.ts";
import { withoutAnsi } from "./log-text.ts";

export type LineTest = (body: string) => boolean;

/** Text whatever its case, or `/a regular expression/`. Undefined: there is nothing to look for, or it is none. */
export function lineTest(wanted: string): LineTest | undefined {
  const [, source] = /^\/(.+)\/$/.exec(wanted) ?? [];
  if (source !== undefined) {
    try {
      const pattern = new RegExp(source, "iu");
      return (body) => pattern.test(withoutAnsi(body.slice(0, MOST_CHARACTERS)));
    } catch {
      return undefined;
    }
  }
  if (wanted === "") return undefined;
  const text = wanted.toLowerCase();
  return (body) => withoutAnsi(body).toLowerCase().includes(text);
}

/** Patterns of whoever sits here: long lines are not worth a frozen tab. */
const MOST_CHARACTERS = 4_000;

/** The next line that fits from a place on, around the end. -1: none does. */
export function findNext(buffer: LogBuffer, test: LineTest, from: number, by: 1 | -1): number {
  const count = buffer.length;
  for (let step = 1; step <= count; step += 1) {
    const index = (((from + by * step) % count) + count) % count;
    const body = buffer.at(index)?.log?.body;
    if (body !== undefined && test(body)) return index;
  }
  return -1;
}

export function countMatches(buffer: LogBuffer, test: LineTest): number {
  let count = 0;
  for (let index = 0; index < buffer.length; index += 1) {
    const body = buffer.at(index)?.log?.body;
    if (body !== undefined && test(body)) count += 1;
  }
  return count;
}
