/** A module that this platform does not run; the message is for its author. */
export class ModuleRefused extends Error {
  override readonly name: string = "ModuleRefused";
}

/** Reads WebAssembly's binary format. The bytes are hostile, but V8 has validated them before: lengths hold together. */
export class WasmReader {
  readonly bytes: Uint8Array;
  at: number;
  readonly end: number;

  constructor(bytes: Uint8Array, at = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined || this.at >= this.end) throw new ModuleRefused("The module ends in the middle.");
    this.at++;
    return value;
  }

  u32(): number {
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      result += (byte & 0x7f) * 2 ** shift;
      if ((byte & 0x80) === 0) return result;
    }
    throw new ModuleRefused("A number in the module is too long.");
  }

  /** Any LEB128 number, whatever it says. */
  skipNumber(): void {
    for (let length = 0; length < 10; length++) if ((this.byte() & 0x80) === 0) return;
    throw new ModuleRefused("A number in the module is too long.");
  }

  skip(count: number): void {
    if (count > this.end - this.at) throw new ModuleRefused("The module ends in the middle.");
    this.at += count;
  }

  name(): string {
    const length = this.u32();
    const from = this.at;
    this.skip(length);
    return new TextDecoder().decode(this.bytes.subarray(from, this.at));
  }
}

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 0x80);
  return [...bytes, rest];
}

/** Signed LEB128 of a number that is not negative. */
export function signed(value: number): number[] {
  const bytes = unsigned(value);
  const last = bytes.at(-1) ?? 0;
  // A set sixth bit would say that the number is negative.
  return (last & 0x40) === 0 ? bytes : [...bytes.slice(0, -1), last | 0x80, 0];
}

/** A name as sections have it: its length, then UTF-8. */
export function named(name: string): readonly number[] {
  const bytes = new TextEncoder().encode(name);
  return [...unsigned(bytes.length), ...bytes];
}

export function joined(parts: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
