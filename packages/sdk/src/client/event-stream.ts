import { PlatformError } from "@berth/protocol";

export interface ServerSentEvent {
  readonly id?: string;
  /** `message` when the server named none. */
  readonly event: string;
  readonly data: string;
}

/** One event larger than this is refused: a stream must not fill the memory of its reader. */
const MAX_EVENT_CHARS = 32 * 1024 * 1024;

/**
 * Parses `text/event-stream` (WHATWG HTML §9.2.6). Ends when the server closes; a broken connection throws what the
 * body reader threw. A JSON body counts as one event: that is how JSON-RPC refuses a stream. `onChunk` is called for whatever arrives, comments included: it is the sign of life.
 */
export async function* readEvents(response: Response, onChunk: () => void): AsyncGenerator<ServerSentEvent> {
  const type = response.headers.get("content-type") ?? "";
  if (/^application\/([a-z0-9.+-]+\+)?json\b/.test(type)) {
    yield { event: "message", data: await response.text() };
    return;
  }
  if (!type.startsWith("text/event-stream") || response.body === null) {
    throw new PlatformError(
      "INVALID_AGENT_RESPONSE",
      `Expected an event stream, got ${type === "" ? "nothing" : type}.`,
    );
  }
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  const parser = new EventParser();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      onChunk();
      yield* parser.push(value);
    }
  } finally {
    // The reader may already be broken; then there is nothing left to cancel.
    await reader.cancel().catch(() => undefined);
  }
}

export class EventParser {
  #rest = "";
  #data: string[] = [];
  #chars = 0;
  #event = "";
  #id: string | undefined;

  *push(text: string): Generator<ServerSentEvent> {
    const buffer = this.#rest + text;
    let from = 0;
    for (;;) {
      const end = lineEnd(buffer, from);
      if (end === undefined) break;
      const event = this.#line(buffer.slice(from, end.at));
      from = end.next;
      if (event !== undefined) yield event;
    }
    this.#rest = buffer.slice(from);
    if (this.#rest.length > MAX_EVENT_CHARS) throw tooLarge();
  }

  #line(line: string): ServerSentEvent | undefined {
    if (line === "") return this.#dispatch();
    const colon = line.indexOf(":");
    if (colon === 0) return undefined;
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.#event = value;
    if (field === "id" && !value.includes("\0")) this.#id = value;
    if (field === "data") {
      this.#chars += value.length;
      if (this.#chars > MAX_EVENT_CHARS) throw tooLarge();
      this.#data.push(value);
    }
    return undefined;
  }

  #dispatch(): ServerSentEvent | undefined {
    const data = this.#data;
    const event = this.#event;
    const id = this.#id;
    this.#data = [];
    this.#chars = 0;
    this.#event = "";
    this.#id = undefined;
    if (data.length === 0) return undefined;
    return { event: event === "" ? "message" : event, data: data.join("\n"), ...(id === undefined ? {} : { id }) };
  }
}

/** Lines end with LF, CRLF or CR. A CR at the very end waits: its LF may come with the next chunk. */
function lineEnd(text: string, from: number): { readonly at: number; readonly next: number } | undefined {
  const lf = text.indexOf("\n", from);
  const cr = text.indexOf("\r", from);
  if (cr < 0 || (lf >= 0 && lf < cr)) return lf < 0 ? undefined : { at: lf, next: lf + 1 };
  if (cr === text.length - 1) return undefined;
  return { at: cr, next: text[cr + 1] === "\n" ? cr + 2 : cr + 1 };
}

function tooLarge(): PlatformError {
  return new PlatformError("INVALID_AGENT_RESPONSE", `An event exceeds ${MAX_EVENT_CHARS} characters.`);
}
