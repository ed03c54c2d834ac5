/** Why a call ended although its module gave no result: the platform's reasons, as far as they exist here. */
export type FaultReason = "AGENT_CRASHED" | "AGENT_OUT_OF_MEMORY";

/** Something the module did that ends its call; the message is for its author. */
export class GuestFault extends Error {
  override readonly name: string = "GuestFault";
  readonly reason: FaultReason;

  constructor(message: string, reason: FaultReason = "AGENT_CRASHED") {
    super(message);
    this.reason = reason;
  }
}

/** Longest text that goes in or out at once. */
const MAX_TEXT_BYTES = 4 * 1024 * 1024;

/** A module's memory. Every address and length comes from the module: hostile until checked against what is there now. */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  get byteLength(): number {
    return this.#memory.buffer.byteLength;
  }

  /** A view that is good until the module runs again. @throws GuestFault */
  view(pointer: number, length: number): Uint8Array<ArrayBuffer> {
    const [from, size] = [pointer >>> 0, length >>> 0];
    if (size > MAX_TEXT_BYTES) throw new GuestFault(`It hands over ${size} bytes at once; at most ${MAX_TEXT_BYTES}.`);
    if (from + size > this.byteLength) throw new GuestFault(`It points to ${from}+${size}, outside its memory.`);
    return new Uint8Array(this.#memory.buffer, from, size);
  }

  text(pointer: number, length: number): string {
    return new TextDecoder().decode(this.view(pointer, length));
  }

  /** The text that `pointer << 32 | length` names. */
  packedText(packed: unknown): string {
    if (typeof packed !== "bigint") throw new GuestFault("It must answer with an i64: address << 32 | length.");
    return this.text(Number((packed >> 32n) & 0xffff_ffffn), Number(packed & 0xffff_ffffn));
  }

  u32(pointer: number, value: number): void {
    const bytes = this.view(pointer, 4);
    new DataView(bytes.buffer).setUint32(bytes.byteOffset, value, true);
  }

  u64(pointer: number, value: bigint): void {
    const bytes = this.view(pointer, 8);
    new DataView(bytes.buffer).setBigUint64(bytes.byteOffset, value, true);
  }
}
