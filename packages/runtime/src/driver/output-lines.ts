import type { Readable } from "node:stream";
import { StringDecoder } from "node:string_decoder";

export type OutputStream = "stdout" | "stderr";

const MAX_LINE_CHARS = 16 * 1024;
const MAX_TAIL_CHARS = 8 * 1024;
/** An agent that prints faster waits: its output may not become our work. */
const MAX_BYTES_PER_SECOND = 1024 * 1024;
/** A line costs more than its bytes. */
const BYTES_PER_LINE = 200;

/** Cuts an agent's output into lines and keeps the end of it. */
export class OutputLines {
  readonly #onLine: (line: string, stream: OutputStream) => void;
  readonly #release: (() => void)[] = [];
  readonly #tail: string[] = [];
  #tailChars = 0;

  constructor(onLine: ((line: string, stream: OutputStream) => void) | undefined) {
    this.#onLine = onLine ?? ((): void => {});
  }

  /** The last lines, at most 8 KB. */
  get tail(): string {
    return this.#tail.join("\n").slice(-MAX_TAIL_CHARS);
  }

  attach(readable: Readable, stream: OutputStream): void {
    const decoder = new StringDecoder("utf8");
    let partial = "";
    let bytes = 0;
    let timer: NodeJS.Timeout | undefined;
    let throttled = true;
    const resume = (): void => {
      timer = undefined;
      bytes = 0;
      readable.resume();
    };
    const take = (text: string): void => {
      partial += text;
      for (
        let end = partial.indexOf("\n");
        end !== -1 || partial.length > MAX_LINE_CHARS;
        end = partial.indexOf("\n")
      ) {
        const length = end === -1 || end > MAX_LINE_CHARS ? MAX_LINE_CHARS : end;
        this.note(partial.slice(0, length), stream);
        bytes += BYTES_PER_LINE;
        partial = partial.slice(length === end ? length + 1 : length);
      }
    };
    readable.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      take(decoder.write(chunk));
      if (!throttled) return;
      timer ??= setTimeout(resume, 1000).unref();
      if (bytes > MAX_BYTES_PER_SECOND) readable.pause();
    });
    readable.on("error", () => {});
    readable.on("close", () => {
      clearTimeout(timer);
      take(decoder.end());
      if (partial !== "") this.note(partial, stream);
      partial = "";
    });
    this.#release.push(() => {
      throttled = false;
      clearTimeout(timer);
      readable.resume();
    });
  }

  /** A line of our own in the agent's log. */
  note(line: string, stream: OutputStream): void {
    this.#tail.push(line);
    this.#tailChars += line.length + 1;
    while (this.#tail.length > 1 && this.#tailChars > MAX_TAIL_CHARS) {
      this.#tailChars -= (this.#tail.shift()?.length ?? 0) + 1;
    }
    this.#onLine(line, stream);
  }

  /** After the process is gone: what is left in the pipes is little, and nobody waits for it. */
  drain(): void {
    for (const release of this.#release) release();
  }
}
