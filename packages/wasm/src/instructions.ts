import { ModuleRefused } from "./wasm-bytes.ts";
import type { WasmReader } from "./wasm-bytes.ts";

/** What metering and linking have to know of an instruction. */
export const Kind = {
  Plain: "plain",
  /** Opens a block that is run once. */
  Block: "block",
  Loop: "loop",
  End: "end",
  /** Its work grows with the number on top of the stack. */
  Bulk: "bulk",
  MemoryGrow: "memory-grow",
  /** Names a function: its index is the number after the opcode's byte. */
  Function: "function",
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/**
 * Reads one instruction with its immediates. Knows WebAssembly 2.0 with tail calls and relaxed SIMD; what came later
 * (garbage collection, exceptions, threads, several or 64-bit memories) is refused rather than run without a meter.
 */
export function readInstruction(code: WasmReader): Kind {
  const opcode = code.byte();
  switch (opcode) {
    case 0x02:
    case 0x04:
      skipBlockType(code);
      return Kind.Block;
    case 0x03:
      skipBlockType(code);
      return Kind.Loop;
    case 0x0b:
      return Kind.End;
    case 0x0e:
      for (let targets = code.u32() + 1; targets > 0; targets--) code.skipNumber();
      return Kind.Plain;
    // call, return_call, ref.func
    case 0x10:
    case 0x12:
    case 0xd2:
      code.skipNumber();
      return Kind.Function;
    case 0x11:
    case 0x13:
      code.skipNumber();
      code.skipNumber();
      return Kind.Plain;
    case 0x1c:
      for (let types = code.u32(); types > 0; types--) skipValueType(code);
      return Kind.Plain;
    case 0x40:
      code.skipNumber();
      return Kind.MemoryGrow;
    case 0x43:
      code.skip(4);
      return Kind.Plain;
    case 0x44:
      code.skip(8);
      return Kind.Plain;
    case 0xfc:
      return readMiscellaneous(code);
    case 0xfd:
      return readVector(code);
    default:
      return readSimple(opcode, code);
  }
}

const WITHOUT_IMMEDIATE: ReadonlySet<number> = new Set([0x00, 0x01, 0x05, 0x0f, 0x1a, 0x1b, 0xd1]);
/** br, br_if, local.*, global.*, table.get and set, memory.size, constants, ref.null. */
const ONE_NUMBER: ReadonlySet<number> = new Set([
  0x0c, 0x0d, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x3f, 0x41, 0x42, 0xd0,
]);

function readSimple(opcode: number, code: WasmReader): Kind {
  if (opcode >= 0x45 && opcode <= 0xc4) return Kind.Plain;
  if (opcode >= 0x28 && opcode <= 0x3e) return skipAddress(code);
  if (ONE_NUMBER.has(opcode)) code.skipNumber();
  else if (!WITHOUT_IMMEDIATE.has(opcode)) throw unknownInstruction(opcode);
  return Kind.Plain;
}

/** Of saturating conversions, and of bulk memory and table operations, by number: how many immediates they have. */
const BULK: Readonly<Record<number, number>> = { 8: 2, 10: 2, 11: 1, 12: 2, 14: 2, 15: 1, 17: 1 };

function readMiscellaneous(code: WasmReader): Kind {
  const number = code.u32();
  if (number <= 7) return Kind.Plain;
  const immediates = BULK[number];
  if (immediates !== undefined) {
    for (let left = immediates; left > 0; left--) code.skipNumber();
    return Kind.Bulk;
  }
  // data.drop, elem.drop, table.size
  if (number !== 9 && number !== 13 && number !== 16) throw unknownInstruction(0xfc, number);
  code.skipNumber();
  return Kind.Plain;
}

const LAST_VECTOR = 0x114;

function readVector(code: WasmReader): Kind {
  const number = code.u32();
  if (number > LAST_VECTOR) throw unknownInstruction(0xfd, number);
  if (number <= 0x0b || number === 0x5c || number === 0x5d) return skipAddress(code);
  if (number === 0x0c || number === 0x0d) code.skip(16);
  else if (number >= 0x15 && number <= 0x22) code.skip(1);
  else if (number >= 0x54 && number <= 0x5b) {
    skipAddress(code);
    code.skip(1);
  }
  return Kind.Plain;
}

function skipAddress(code: WasmReader): Kind {
  // Bit 6 says that the number of a memory follows.
  if ((code.u32() & 0x40) !== 0) throw new ModuleRefused("The module uses more than one memory.");
  code.skipNumber();
  return Kind.Plain;
}

function skipBlockType(code: WasmReader): void {
  refuseTypedReference(code);
  code.skipNumber();
}

export function skipValueType(code: WasmReader): void {
  refuseTypedReference(code);
  code.byte();
}

function refuseTypedReference(code: WasmReader): void {
  const next = code.bytes[code.at];
  if (next === 0x63 || next === 0x64) throw new ModuleRefused("The module uses typed references.");
}

function unknownInstruction(opcode: number, number?: number): ModuleRefused {
  const name = [opcode, ...(number === undefined ? [] : [number])].map((part) => `0x${part.toString(16)}`).join(" ");
  return new ModuleRefused(
    `The module uses an instruction that is not metered here: ${name}. Build it without exceptions, threads and garbage collection.`,
  );
}
