import { StringDecoder } from "node:string_decoder";
import { answerTooLarge } from "./http-transport.ts";

/** In characters. */
const MAX_LINE = 16 * 1024 * 1024;

/** JSON line by line, as it comes; the agent is not trusted to ever end a line. */
export class LineParser {
  readonly #decoder = new StringDecoder("utf8");
  /** Pieces of the line so far, looked at only when its end has come. */
  #pieces: string[] = [];
  #length = 0;

  /** The lines that `bytes` completed. @throws PlatformError INVALID_AGENT_RESPONSE past a bound. */
  push(bytes: Buffer): readonly string[] {
    return this.#read(this.#decoder.write(bytes));
  }

  /** The stream's end ends its last line. */
  end(): readonly string[] {
    return this.#read(`${this.#decoder.end()}\n`);
  }

  #read(text: string): readonly string[] {
    const [first = "", ...more] = text.split("\n");
    this.#keep(first);
    const lines: string[] = [];
    for (const next of more) {
      lines.push(this.#pieces.join("").trim());
      this.#pieces = [];
      this.#length = 0;
      this.#keep(next);
    }
    return lines;
  }

  #keep(piece: string): void {
    this.#length += piece.length;
    if (this.#length > MAX_LINE) throw answerTooLarge();
    this.#pieces.push(piece);
  }
}
