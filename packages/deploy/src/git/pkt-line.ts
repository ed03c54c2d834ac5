import { PlatformError } from "@berth/protocol";

/** gitprotocol-common(5): four hexadecimal digits of length, themselves included; 0000 ends a part. */
export const FLUSH = "0000";
const PREFIX = 4;
const MAX_PACKET = 65_520;
/** What is read of a push before git sees it: its commands. */
const MAX_HEAD = 64 * 1024;
const PROGRESS_BAND = "\u0002";

export function packet(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([Buffer.from((bytes.length + PREFIX).toString(16).padStart(PREFIX, "0")), bytes]);
}

/** A line that the pusher's git shows after `remote: `; without text it only keeps the connection open. */
export function progressPacket(text: string): Buffer {
  return packet(PROGRESS_BAND + text);
}

export interface PushCommand {
  /** All zeros: the ref is new, or is deleted. */
  readonly before: string;
  readonly after: string;
  readonly ref: string;
}

export interface PushHead {
  readonly commands: readonly PushCommand[];
  /** The pusher shows what is said on the way. */
  readonly sideBand: boolean;
  /** All that came, from the first byte on. */
  readonly body: AsyncIterable<Uint8Array>;
}

/** Reads what a push is about, and leaves it to be read again. The body is the caller's. @throws INVALID_REQUEST */
export async function readPushHead(body: AsyncIterable<Uint8Array>): Promise<PushHead> {
  const source = body[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let at = 0;
  const commands: PushCommand[] = [];
  let sideBand = false;
  for (;;) {
    const next = readPacket(head, at);
    if (next === undefined) {
      if (head.length > MAX_HEAD) throw broken("It changes too many refs at once.");
      const more = await source.next();
      if (more.done === true) {
        if (head.length === 0) break;
        throw broken("It ends in the middle of its commands.");
      }
      head = Buffer.concat([head, more.value]);
      continue;
    }
    at = next.end;
    if (next.text === undefined) break;
    const [line = "", capabilities] = next.text.split("\0");
    sideBand ||= capabilities?.split(/\s+/).includes("side-band-64k") === true;
    const [, before, after, ref] = /^([0-9a-f]{40,64}) ([0-9a-f]{40,64}) (\S+)\n?$/.exec(line) ?? [];
    if (before !== undefined && after !== undefined && ref !== undefined) commands.push({ before, after, ref });
    else if (!line.startsWith("shallow ")) throw broken("It holds a command that is not known here.");
  }
  return { commands, sideBand, body: again(head, source) };
}

async function* again(head: Buffer, source: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (head.length > 0) yield head;
  for (let more = await source.next(); more.done !== true; more = await source.next()) yield more.value;
}

/** Passes packets on as they are whole, and holds back the flush that would end the answer. */
export class HeldFlush {
  #rest = Buffer.alloc(0);
  #held = false;

  /** What may be sent now. */
  add(chunk: Uint8Array): Buffer {
    const bytes = Buffer.concat([this.#rest, chunk]);
    let at = 0;
    const out: Buffer[] = [];
    for (let next = readPacket(bytes, at); next !== undefined; next = readPacket(bytes, at)) {
      if (this.#held) out.push(Buffer.from(FLUSH));
      this.#held = next.text === undefined;
      if (!this.#held) out.push(bytes.subarray(at, next.end));
      at = next.end;
    }
    this.#rest = bytes.subarray(at);
    return Buffer.concat(out);
  }

  /** What is left of the answer. */
  end(): Buffer {
    return Buffer.concat([this.#rest, Buffer.from(this.#held ? FLUSH : "")]);
  }
}

/** Undefined while it is not whole; without text: a flush. */
function readPacket(bytes: Buffer, at: number): { readonly text?: string; readonly end: number } | undefined {
  if (bytes.length < at + PREFIX) return undefined;
  const prefix = bytes.subarray(at, at + PREFIX).toString("latin1");
  const length = /^[0-9a-f]{4}$/i.test(prefix) ? Number.parseInt(prefix, 16) : Number.NaN;
  if (length === 0) return { end: at + PREFIX };
  if (!(length >= PREFIX && length <= MAX_PACKET)) throw broken("It is not what git sends.");
  if (bytes.length < at + length) return undefined;
  return { text: bytes.subarray(at + PREFIX, at + length).toString("utf8"), end: at + length };
}

function broken(why: string): PlatformError {
  return new PlatformError("INVALID_REQUEST", `The push cannot be read. ${why}`);
}
