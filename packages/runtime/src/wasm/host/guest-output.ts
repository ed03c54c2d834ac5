type Stream = "stdout" | "stderr";

const MAX_LINE_CHARS = 8 * 1024;
const MAX_BYTES_PER_SECOND = 128 * 1024;
/** A line costs more than its bytes. */
const BYTES_PER_LINE = 200;

/** What the calls of one agent print, as lines. More than the pipe to the platform should carry is left out. */
export class GuestOutput {
  readonly #emit: (stream: Stream, text: string) => void;
  readonly #now: () => number;
  #second = 0;
  #bytes = 0;
  #dropped = 0;

  constructor(emit: (stream: Stream, text: string) => void, now: () => number = Date.now) {
    this.#emit = emit;
    this.#now = now;
  }

  line(stream: Stream, text: string): void {
    const second = Math.floor(this.#now() / 1_000);
    if (second !== this.#second) {
      if (this.#dropped > 0) this.#emit("stderr", `[berth] ${this.#dropped} lines were left out: too many at once`);
      [this.#second, this.#bytes, this.#dropped] = [second, 0, 0];
    }
    this.#bytes += text.length + BYTES_PER_LINE;
    if (this.#bytes > MAX_BYTES_PER_SECOND) this.#dropped++;
    else this.#emit(stream, text.slice(0, MAX_LINE_CHARS).replace(/[\r\n]+/g, " "));
  }
}

/** Cuts one call's bytes into lines. */
export class LineCutter {
  readonly #decoders: Record<Stream, TextDecoder> = { stdout: new TextDecoder(), stderr: new TextDecoder() };
  readonly #partial: Record<Stream, string> = { stdout: "", stderr: "" };
  readonly #output: GuestOutput;

  constructor(output: GuestOutput) {
    this.#output = output;
  }

  push(stream: Stream, bytes: Uint8Array): void {
    const lines = (this.#partial[stream] + this.#decoders[stream].decode(bytes, { stream: true })).split("\n");
    this.#partial[stream] = (lines.pop() ?? "").slice(-MAX_LINE_CHARS);
    for (const line of lines) this.#output.line(stream, line);
  }

  end(): void {
    for (const stream of ["stdout", "stderr"] as const) {
      if (this.#partial[stream] !== "") this.#output.line(stream, this.#partial[stream]);
      this.#partial[stream] = "";
    }
  }
}
