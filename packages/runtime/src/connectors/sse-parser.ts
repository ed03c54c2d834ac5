import { StringDecoder } from "node:string_decoder";
import { PlatformError } from "@berth/protocol";

/** In characters, which are never more than bytes. */
const MAX_SSE_FRAME = 16 * 1024 * 1024;

/**
 * Server-sent events (WHATWG HTML §9.2.6) as A2A uses them: only `data` counts. Fed with bytes as they come, split
 * wherever the network split them; the agent is not trusted to ever end a line or a frame.
 */
export class SseParser {
  readonly #decoder = new StringDecoder("utf8");
  readonly #maxFrame: number;
  /** The line so far. Appended to, and looked at only when its end has come: a long line costs its length once. */
  #line = "";
  #data: string | undefined;
  #skipLineFeed = false;
  #atStart = true;

  constructor({ maxFrame = MAX_SSE_FRAME }: { readonly maxFrame?: number } = {}) {
    this.#maxFrame = maxFrame;
  }

  /** The data of every frame that `bytes` completed. @throws PlatformError INVALID_AGENT_RESPONSE past a bound. */
  push(bytes: Buffer): readonly string[] {
    return this.#read(this.#decoder.write(bytes));
  }

  /** What the stream's end completes: a last frame without its empty line is accepted. */
  end(): readonly string[] {
    return this.#read(`${this.#decoder.end()}\n\n`);
  }

  #read(text: string): readonly string[] {
    const frames: string[] = [];
    let start = this.#startOf(text);
    let lf = text.indexOf("\n", start);
    let cr = text.indexOf("\r", start);
    while (lf !== -1 || cr !== -1) {
      const end = lf === -1 || (cr !== -1 && cr < lf) ? cr : lf;
      this.#append(text.slice(start, end));
      this.#endLine(frames);
      start = end + 1;
      if (end === cr) {
        // CRLF is one line end, also when the two come in different chunks.
        if (start === text.length) this.#skipLineFeed = true;
        else if (text[start] === "\n") start += 1;
        cr = text.indexOf("\r", start);
      }
      if (lf !== -1 && lf < start) lf = text.indexOf("\n", start);
    }
    this.#append(text.slice(start));
    return frames;
  }

  #startOf(text: string): number {
    if (text.length === 0) return 0;
    const skipped = (this.#skipLineFeed && text[0] === "\n") || (this.#atStart && text[0] === "\uFEFF");
    this.#skipLineFeed = false;
    this.#atStart = false;
    return skipped ? 1 : 0;
  }

  #append(text: string): void {
    this.#line += text;
    if (this.#line.length > this.#maxFrame) throw this.#tooLong("line");
  }

  #endLine(frames: string[]): void {
    const line = this.#line;
    this.#line = "";
    if (line === "") {
      if (this.#data !== undefined) frames.push(this.#data);
      this.#data = undefined;
      return;
    }
    if (!line.startsWith("data") || (line.length > 4 && line[4] !== ":")) return;
    const value = line.slice(line[5] === " " ? 6 : 5);
    this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
    if (this.#data.length > this.#maxFrame) throw this.#tooLong("frame");
  }

  #tooLong(what: "line" | "frame"): PlatformError {
    const limit = `${this.#maxFrame} characters`;
    return new PlatformError("INVALID_AGENT_RESPONSE", `The agent's event stream has a ${what} longer than ${limit}.`);
  }
}
