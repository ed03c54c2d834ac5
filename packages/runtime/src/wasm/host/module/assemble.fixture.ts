import { joined, signed, unsigned } from "#wasm";

type Code = readonly number[];
interface Instructions {
  readonly unreachable: Code;
  readonly drop: Code;
  readonly add: Code;
  readonly equal: Code;
  readonly grow: Code;
  readonly fill: Code;
  readonly load: Code;
  readonly store: Code;
  i32(value: number): Code;
  local(index: number): Code;
  call(index: number): Code;
  loop(...body: readonly Code[]): Code;
  when(...body: readonly Code[]): Code;
  again(depth?: number): Code;
  /** The bytes as they are; shows what belongs together. */
  line(...bytes: readonly number[]): Code;
  /** `pointer << 32 | length` */
  packed(pointer: number, length: number): Code;
}

export const op: Instructions = {
  unreachable: [0x00],
  drop: [0x1a],
  add: [0x6a],
  equal: [0x46],
  grow: [0x40, 0x00],
  fill: [0xfc, 0x0b, 0x00],
  load: [0x28, 0x02, 0x00],
  store: [0x36, 0x02, 0x00],
  i32: (value) => [0x41, ...signed(value)],
  local: (index) => [0x20, ...unsigned(index)],
  call: (index) => [0x10, ...unsigned(index)],
  loop: (...body) => [0x03, 0x40, ...body.flat(), 0x0b],
  when: (...body) => [0x04, 0x40, ...body.flat(), 0x0b],
  again: (depth = 0) => [0x0c, depth],
  line: (...bytes) => bytes,
  packed: (pointer, length) => [0x42, ...signed(pointer), 0x42, 32, 0x86, 0x42, ...signed(length), 0x84],
};

/** Functions every assembled agent has, in the numbering of `call`. */
export const fn: Readonly<Record<"hostCall" | "alloc" | "describe" | "handle", number>> = {
  hostCall: 0,
  alloc: 1,
  describe: 2,
  handle: 3,
};

export interface Assembled {
  /** Body of `agent_handle(pointer, length) -> i64`, without its end. */
  readonly handle: (text: TextAt) => Code;
  readonly describe?: (text: TextAt) => Code;
  /** Body of `agent_alloc(length) -> i32`; default: a bump allocator. */
  readonly alloc?: Code;
  readonly card?: string;
  /** `module.name` of a further import, () -> (). */
  readonly imports?: string;
  readonly pages?: number;
  readonly maxPages?: number;
  readonly exports?: readonly string[];
}
/** Puts a text into memory; the instructions push its address and its length. */
export type TextAt = (text: string) => Code;

export const CARD: string = JSON.stringify({
  name: "assembled",
  version: "1.0.0",
  description: "Made of bytes.",
  skills: [{ id: "run", description: "Runs." }],
});
const FIRST_TEXT = 1_024;
const HEAP = 65_536;

/** A module of the ABI "agent v1", byte by byte: what no compiler would make can be made too. */
export function assembleAgent(options: Assembled): Uint8Array<ArrayBuffer> {
  const texts: number[] = [];
  const place = (text: string): { readonly pointer: number; readonly length: number } => {
    const bytes = new TextEncoder().encode(text);
    const pointer = FIRST_TEXT + texts.length;
    texts.push(...bytes);
    return { pointer, length: bytes.length };
  };
  const textAt: TextAt = (text) => {
    const { pointer, length } = place(text);
    return [...op.i32(pointer), ...op.i32(length)];
  };
  const card = place(options.card ?? CARD);
  const bump = [0x23, 0x00, 0x23, 0x00, ...op.local(0), ...op.add, 0x24, 0x00];
  const extra = options.imports?.split(".");
  const shift = extra === undefined ? 0 : 1;
  const bodies = [
    options.alloc ?? bump,
    options.describe?.(textAt) ?? op.packed(card.pointer, card.length),
    options.handle(textAt),
  ];
  const { pages = 32, maxPages } = options;
  const names = ["agent_alloc", "agent_describe", "agent_handle"];
  const whole = joined([
    [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    section(1, [
      [0x60, 1, 0x7f, 1, 0x7f],
      [0x60, 0, 1, 0x7e],
      [0x60, 2, 0x7f, 0x7f, 1, 0x7e],
      [0x60, 4, 0x7f, 0x7f, 0x7f, 0x7f, 1, 0x7e],
      [0x60, 0, 0],
    ]),
    section(2, [
      [...named("agent"), ...named("host_call"), 0, 3],
      ...(extra === undefined ? [] : [[...named(extra[0] ?? ""), ...named(extra[1] ?? ""), 0, 4]]),
    ]),
    section(3, [[0], [1], [2]]),
    section(5, [maxPages === undefined ? [0, ...unsigned(pages)] : [1, ...unsigned(pages), ...unsigned(maxPages)]]),
    // 0: the end of the heap; 1: scratch.
    section(6, [
      [0x7f, 1, ...op.i32(HEAP), 0x0b],
      [0x7f, 1, ...op.i32(0), 0x0b],
    ]),
    section(7, [
      [...named("memory"), 2, 0],
      ...names
        .map((name, index) => [...named(name), 0, index + 1 + shift])
        .filter((_, index) => options.exports?.includes(names[index] ?? "") !== false),
    ]),
    section(
      10,
      bodies.map((body) => {
        const code = [0, ...body, 0x0b];
        return [...unsigned(code.length), ...code];
      }),
    ),
    section(11, [[0, ...op.i32(FIRST_TEXT), 0x0b, ...unsigned(texts.length), ...texts]]),
  ]);
  // A fresh array over a whole ArrayBuffer.
  return whole as Uint8Array<ArrayBuffer>;
}

function section(id: number, entries: readonly Code[]): Uint8Array {
  const content = [...unsigned(entries.length), ...entries.flat()];
  return joined([[id], unsigned(content.length), content]);
}

function named(name: string): number[] {
  const bytes = [...new TextEncoder().encode(name)];
  return [...unsigned(bytes.length), ...bytes];
}
