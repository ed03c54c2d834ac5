import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

/** Lines from a person, one at a time. Undefined at the end of the input. */
export interface LineReader extends Disposable {
  next(): Promise<string | undefined>;
}

export function openLineReader(input: Readable): LineReader {
  // Not a "terminal" to readline: the kernel edits the line, and Ctrl-C stays a signal.
  const lines = createInterface({ input, terminal: false });
  const waiting: string[] = [];
  let isClosed = false;
  let wake: (() => void) | undefined;
  lines.on("line", (line) => {
    waiting.push(line);
    wake?.();
  });
  lines.on("close", () => {
    isClosed = true;
    wake?.();
  });
  return {
    async next() {
      if (waiting.length === 0 && !isClosed) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return waiting.shift();
    },
    [Symbol.dispose]: () => lines.close(),
  };
}
