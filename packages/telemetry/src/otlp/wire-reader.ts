import { PlatformError } from "@berth/protocol";

export const WIRE_VARINT = 0;
export const WIRE_FIXED64 = 1;
export const WIRE_BYTES = 2;
const WIRE_FIXED32 = 5;

/** The two characters of each byte, one behind the other. */
const HEX: Uint8Array = new TextEncoder().encode(
  Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0")).join(""),
);
const WORD = 4_294_967_296;
/** Keys and short words come again and again; a direct-mapped table gives most of them without decoding. */
const CACHE_SLOTS = 1_024;
const MAX_CACHED = 96;

interface CachedText {
  readonly from: number;
  readonly length: number;
  readonly text: string;
}

/**
 * Protocol Buffers' wire format, as much of it as OTLP uses. Whoever reads a message reads fields until its end and skips what
 * it does not know. Every length is checked against the bytes there are. @throws PARSE_ERROR
 */
export class WireReader {
  at = 0;
  /** Number and wire type of the field that `next` found. */
  field = 0;
  wire = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  readonly #cache: (CachedText | undefined)[] = Array.from({ length: CACHE_SLOTS });

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The next field of a message that ends at `end`; false behind its last. */
  next(end: number): boolean {
    if (this.at >= end) {
      if (this.at > end) throw malformed("a field is longer than its message");
      return false;
    }
    const tag = this.varint();
    this.field = Math.floor(tag / 8);
    this.wire = tag % 8;
    if (this.field === 0) throw malformed("a field has the number 0");
    return true;
  }

  /** Whether this is field `number` of that wire type; another type is a field that we do not know. */
  is(number: number, wire: number): boolean {
    return this.field === number && this.wire === wire;
  }

  skip(): void {
    switch (this.wire) {
      case WIRE_VARINT:
        this.varint();
        return;
      case WIRE_FIXED64:
        this.#advance(8);
        return;
      case WIRE_BYTES:
        this.#advance(this.varint());
        return;
      case WIRE_FIXED32:
        this.#advance(4);
        return;
      default:
        throw malformed(`wire type ${this.wire} is not known`);
    }
  }

  /** The end of the message or text that begins here. */
  end(): number {
    const length = this.varint();
    const end = this.at + length;
    if (end > this.#bytes.length) throw malformed("a length goes past the end");
    return end;
  }

  /** Unsigned; exact up to 2^53. */
  varint(): number {
    const bytes = this.#bytes;
    let value = 0;
    let factor = 1;
    for (let n = 0; n < 10; n++) {
      const byte = bytes[this.at];
      if (byte === undefined) throw malformed("it ends within a number");
      this.at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw malformed("a number is longer than ten bytes");
  }

  /** Two's complement in 64 bits: negative ones come as ten bytes. */
  int64(): number {
    let low = 0n;
    const from = this.at;
    const value = this.varint();
    if (value <= Number.MAX_SAFE_INTEGER) return value;
    for (let n = this.at - 1; n >= from; n--) low = (low << 7n) | BigInt((this.#bytes[n] ?? 0) & 0x7f);
    return Number(BigInt.asIntN(64, low));
  }

  /** `sint32`: zigzag. */
  sint32(): number {
    const value = this.varint() % WORD;
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  double(): number {
    const at = this.#advance(8);
    return this.#view.getFloat64(at, true);
  }

  /** A count. */
  fixed64(): number {
    const at = this.#advance(8);
    return this.#view.getUint32(at + 4, true) * WORD + this.#view.getUint32(at, true);
  }

  sfixed64(): number {
    const at = this.#advance(8);
    return this.#view.getInt32(at + 4, true) * WORD + this.#view.getUint32(at, true);
  }

  /** Nanoseconds in a `fixed64`, as whole microseconds: without the rounding that a double of nanoseconds has. */
  fixed64Us(): number {
    const at = this.#advance(8);
    const high = this.#view.getUint32(at + 4, true);
    const rest = (high % 1_000) * WORD + this.#view.getUint32(at, true);
    return Math.floor(high / 1_000) * WORD + Math.floor(rest / 1_000);
  }

  fixed32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** An id of 16 or 8 bytes; empty for any other length. */
  id(): string {
    const end = this.end();
    const length = end - this.at;
    let text = "";
    if (length === 16 || length === 8) for (let at = this.at; at < end; at += 4) text += this.#hexOfFour(at);
    this.at = end;
    return text;
  }

  bytes(): Uint8Array {
    const end = this.end();
    const bytes = this.#bytes.subarray(this.at, end);
    this.at = end;
    return bytes;
  }

  text(): string {
    const end = this.end();
    const from = this.at;
    const length = end - from;
    this.at = end;
    if (length === 0) return "";
    return length <= MAX_CACHED ? this.#short(from, length) : this.#decoder.decode(this.#bytes.subarray(from, end));
  }

  #short(from: number, length: number): string {
    const bytes = this.#bytes;
    let hash = length;
    for (let n = 0; n < length; n++) hash = (Math.imul(hash, 31) + (bytes[from + n] ?? 0)) | 0;
    const slot = hash & (CACHE_SLOTS - 1);
    const cached = this.#cache[slot];
    if (cached !== undefined && cached.length === length && this.#isSame(cached.from, from, length)) return cached.text;
    const text = this.#ascii(from, length) ?? this.#decoder.decode(bytes.subarray(from, from + length));
    this.#cache[slot] = { from, length, text };
    return text;
  }

  #isSame(a: number, b: number, length: number): boolean {
    const bytes = this.#bytes;
    for (let n = 0; n < length; n++) if (bytes[a + n] !== bytes[b + n]) return false;
    return true;
  }

  #ascii(from: number, length: number): string | undefined {
    let text = "";
    for (let at = from; at < from + length; at++) {
      const byte = this.#bytes[at] ?? 0;
      if (byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  /** Four at a time: fewer texts on the way than one at a time. */
  #hexOfFour(at: number): string {
    const a = (this.#bytes[at] ?? 0) * 2;
    const b = (this.#bytes[at + 1] ?? 0) * 2;
    const c = (this.#bytes[at + 2] ?? 0) * 2;
    const d = (this.#bytes[at + 3] ?? 0) * 2;
    return String.fromCharCode(
      HEX[a] ?? 0,
      HEX[a + 1] ?? 0,
      HEX[b] ?? 0,
      HEX[b + 1] ?? 0,
      HEX[c] ?? 0,
      HEX[c + 1] ?? 0,
      HEX[d] ?? 0,
      HEX[d + 1] ?? 0,
    );
  }

  #advance(length: number): number {
    const at = this.at;
    if (at + length > this.#bytes.length) throw malformed("it ends too early");
    this.at = at + length;
    return at;
  }
}

export function malformed(problem: string): PlatformError {
  return new PlatformError("PARSE_ERROR", `This is no OTLP request: ${problem}.`);
}
