const START = 4_096;
const WORD = 4_294_967_296;

/** Writes Protocol Buffers' wire format, default values left out. */
export class WireWriter {
  #bytes = new Uint8Array(START);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;
  readonly #encoder = new TextEncoder();

  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#at);
  }

  /** A nested message; also one without fields, since it says that it is there. */
  message(field: number, write: () => void): void {
    this.#tag(field, 2);
    // Its length is known only behind it: room for the longest is kept, and what is not needed closed again.
    const at = this.#at;
    this.#reserve(5);
    this.#at += 5;
    write();
    const length = this.#at - at - 5;
    const taken = varintLength(length);
    this.#bytes.copyWithin(at + taken, at + 5, this.#at);
    this.#at = at;
    this.#varint(length);
    this.#at = at + taken + length;
  }

  text(field: number, value: string): void {
    if (value !== "") this.textAlways(field, value);
  }

  /** Of a oneof, where the empty text is a value. */
  textAlways(field: number, value: string): void {
    this.#tag(field, 2);
    this.#reserve(5 + value.length * 3);
    // Most texts are ASCII, where bytes are as many as characters.
    const guess = varintLength(value.length);
    const { written } = this.#encoder.encodeInto(value, this.#bytes.subarray(this.#at + guess));
    const taken = varintLength(written);
    if (taken !== guess) this.#bytes.copyWithin(this.#at + taken, this.#at + guess, this.#at + guess + written);
    this.#varint(written);
    this.#at += written;
  }

  hex(field: number, value: string): void {
    this.#tag(field, 2);
    this.#reserve(5 + value.length / 2);
    this.#varint(value.length / 2);
    for (let n = 0; n < value.length; n += 2) this.#push(Number.parseInt(value.slice(n, n + 2), 16));
  }

  count(field: number, value: number): void {
    if (value !== 0) this.int64(field, value);
  }

  int64(field: number, value: number): void {
    this.#tag(field, 0);
    this.#reserve(10);
    if (value >= 0) {
      this.#varint(value);
      return;
    }
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest >= 0x80n; rest >>= 7n) this.#push(Number(rest & 0x7fn) | 0x80);
    this.#push(Number(rest));
  }

  double(field: number, value: number): void {
    this.#tag(field, 1);
    this.#double(value);
  }

  fixed64(field: number, value: number): void {
    this.#tag(field, 1);
    this.#fixed64(value);
  }

  timeUs(field: number, us: number): void {
    const nanoseconds = BigInt(Math.max(0, Math.trunc(us))) * 1_000n;
    this.#tag(field, 1);
    this.#reserve(8);
    this.#view.setBigUint64(this.#at, nanoseconds, true);
    this.#at += 8;
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, 5);
    this.#reserve(4);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  packedFixed64(field: number, values: readonly number[]): void {
    this.message(field, () => {
      for (const value of values) this.#fixed64(value);
    });
  }

  packedDouble(field: number, values: readonly number[]): void {
    this.message(field, () => {
      for (const value of values) this.#double(value);
    });
  }

  #tag(field: number, wire: number): void {
    this.#reserve(5);
    this.#varint(field * 8 + wire);
  }

  #fixed64(value: number): void {
    this.#reserve(8);
    this.#view.setUint32(this.#at, value % WORD, true);
    this.#view.setUint32(this.#at + 4, Math.floor(value / WORD), true);
    this.#at += 8;
  }

  #double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#push((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.#push(rest);
  }

  #push(byte: number): void {
    this.#bytes[this.#at] = byte;
    this.#at += 1;
  }

  #reserve(length: number): void {
    const wanted = this.#at + length;
    if (wanted <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(wanted, this.#bytes.length * 2));
    grown.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}

function varintLength(value: number): number {
  let length = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) length += 1;
  return length;
}
