/** One event of a text/event-stream. */
export interface SseEvent {
  readonly event: string;
  readonly data: string;
  readonly id?: string;
}

/** A single event longer than this is no event of ours: the stream is given up before it fills the memory. */
const MAX_PENDING = 32 * 1_024 * 1_024;

/** Reads an event stream (HTML standard §9.2.6) that arrives in pieces cut anywhere, also inside of a line break. */
export class SseParser {
  #rest = "";
  #event = "";
  #id: string | undefined;
  #data: string[] = [];

  /** @throws Error when a line does not end. */
  push(chunk: string): readonly SseEvent[] {
    const events: SseEvent[] = [];
    const text = this.#rest + chunk;
    let start = 0;
    for (;;) {
      const end = lineEnd(text, start);
      if (end === undefined) break;
      this.#line(text.slice(start, end.at), events);
      start = end.next;
    }
    this.#rest = text.slice(start);
    if (this.#rest.length > MAX_PENDING) throw new Error("an event of the stream is too long");
    return events;
  }

  #line(line: string, events: SseEvent[]): void {
    if (line === "") {
      if (this.#data.length > 0) {
        events.push({
          event: this.#event === "" ? "message" : this.#event,
          data: this.#data.join("\n"),
          ...(this.#id === undefined ? {} : { id: this.#id }),
        });
      }
      this.#event = "";
      this.#id = undefined;
      this.#data = [];
      return;
    }
    const colon = line.indexOf(":");
    if (colon === 0) return;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
    if (field === "event") this.#event = value;
    else if (field === "data") this.#data.push(value);
    else if (field === "id") this.#id = value;
  }
}

/** LF, CR LF or CR; a CR at the very end may be the first half of one. */
function lineEnd(text: string, from: number): { readonly at: number; readonly next: number } | undefined {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === 10) return { at, next: at + 1 };
    if (code === 13) {
      if (at + 1 === text.length) return undefined;
      return { at, next: text.charCodeAt(at + 1) === 10 ? at + 2 : at + 1 };
    }
  }
  return undefined;
}
