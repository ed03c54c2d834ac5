import { meterFunction } from "./meter-function.ts";
import type { MeterIndices } from "./meter-function.ts";
import {
  joined,
  ModuleRefused,
  named,
  readSections,
  Section,
  signed,
  unsigned,
  WasmReader,
  writeSections,
} from "#wasm";

/** Exports that are added; a module of its own that has them is refused. */
export const FUEL_EXPORT = "berth:fuel";
export const YIELD_EXPORT = "berth:yield";
export const GROWN_EXPORT = "berth:grown";

const ADDED_EXPORTS: ReadonlySet<string> = new Set([FUEL_EXPORT, YIELD_EXPORT, GROWN_EXPORT]);

/** Enough for what runs before the host can set it: a start function. */
const FIRST_SLICE = 10_000_000;
const PAGES_PER_MIB = 16;
const MAX_PAGES = 65_536;

/**
 * Rewrites a module so that it can be interrupted and cannot take more memory than `memoryMb`. Nothing that is there is
 * renumbered: what is added comes last.
 * @throws ModuleRefused
 */
export function prepareModule(bytes: Uint8Array<ArrayBuffer>, memoryMb: number): Uint8Array<ArrayBuffer> {
  // First: an index that is one too high would otherwise name what is added, the meter itself.
  if (!WebAssembly.validate(bytes)) throw new ModuleRefused("The file is not a valid WebAssembly module.");
  const sections = readSections(bytes);
  refuseOtherImports(sections.get(Section.Import));
  const own = (id: number): number => countOf(sections.get(id));
  const indices: MeterIndices = {
    type: countTypes(sections.get(Section.Type)),
    table: own(Section.Table),
    fuel: own(Section.Global),
    length: own(Section.Global) + 1,
    grown: own(Section.Global) + 2,
  };
  refuseTaken(sections.get(Section.Export));
  sections.set(Section.Memory, boundMemory(sections.get(Section.Memory), memoryMb));
  append(sections, Section.Type, 1, [0x60, 0x00, 0x00]);
  append(sections, Section.Table, 1, [0x70, 0x01, 0x01, 0x01]);
  const zero = [0x7f, 0x01, 0x41, 0x00, 0x0b];
  append(sections, Section.Global, 3, [0x7e, 0x01, 0x42, ...signed(FIRST_SLICE), 0x0b, ...zero, ...zero]);
  append(sections, Section.Export, 3, [
    ...exported(FUEL_EXPORT, 0x03, indices.fuel),
    ...exported(GROWN_EXPORT, 0x03, indices.grown),
    ...exported(YIELD_EXPORT, 0x01, indices.table),
  ]);
  const code = sections.get(Section.Code);
  if (code !== undefined) sections.set(Section.Code, meterCode(code, indices));
  return writeSections(sections);
}

function countOf(section: Uint8Array | undefined): number {
  return section === undefined ? 0 : new WasmReader(section).u32();
}

/** Function types only: a recursive group would count as one and hold several. */
function countTypes(section: Uint8Array | undefined): number {
  if (section === undefined) return 0;
  const reader = new WasmReader(section);
  const count = reader.u32();
  for (let left = count; left > 0; left--) {
    if (reader.byte() !== 0x60) throw new ModuleRefused("The module uses types of garbage collection.");
    for (let list = 0; list < 2; list++) {
      for (let types = reader.u32(); types > 0; types--) {
        if (reader.byte() < 0x6f) throw new ModuleRefused("The module uses typed references.");
      }
    }
  }
  return count;
}

/** Tables, globals and memories would be numbered before ours; functions are looked at by `checkSurface`. */
function refuseOtherImports(section: Uint8Array | undefined): void {
  if (section === undefined) return;
  const reader = new WasmReader(section);
  for (let left = reader.u32(); left > 0; left--) {
    const name = `${reader.name()}.${reader.name()}`;
    const kind = reader.byte();
    if (kind === 0x00) reader.u32();
    else throw new ModuleRefused(`The module imports ${printable(name)}, which is not a function.`);
  }
}

function boundMemory(section: Uint8Array | undefined, memoryMb: number): Uint8Array {
  const reader = new WasmReader(section ?? Uint8Array.of(0));
  if (reader.u32() !== 1) throw new ModuleRefused("The module must have one memory of its own.");
  const flags = reader.byte();
  if (flags > 1) throw new ModuleRefused("The module's memory is shared or has 64-bit addresses.");
  const first = reader.u32();
  const declared = flags === 1 ? reader.u32() : MAX_PAGES;
  const allowed = Math.min(MAX_PAGES, memoryMb * PAGES_PER_MIB);
  if (first > allowed) {
    throw new ModuleRefused(`The module begins with ${first / PAGES_PER_MIB} MiB of memory; its limit is ${memoryMb}.`);
  }
  return Uint8Array.from([1, 1, ...unsigned(first), ...unsigned(Math.min(declared, allowed))]);
}

function refuseTaken(section: Uint8Array | undefined): void {
  if (section === undefined) return;
  const reader = new WasmReader(section);
  for (let left = reader.u32(); left > 0; left--) {
    const name = reader.name();
    if (ADDED_EXPORTS.has(name)) throw new ModuleRefused(`The module exports ${name}.`);
    reader.byte();
    reader.u32();
  }
}

function append(sections: Map<number, Uint8Array>, id: number, count: number, entries: readonly number[]): void {
  const before = sections.get(id) ?? Uint8Array.of(0);
  const reader = new WasmReader(before);
  const total = reader.u32() + count;
  sections.set(id, joined([unsigned(total), before.subarray(reader.at), entries]));
}

function exported(name: string, kind: number, index: number): readonly number[] {
  return [...named(name), kind, ...unsigned(index)];
}

function meterCode(section: Uint8Array, indices: MeterIndices): Uint8Array {
  const reader = new WasmReader(section);
  const count = reader.u32();
  const parts: (Uint8Array | readonly number[])[] = [unsigned(count)];
  for (let left = count; left > 0; left--) {
    const size = reader.u32();
    const from = reader.at;
    reader.skip(size);
    const body = meterFunction(section.subarray(from, reader.at), indices);
    parts.push(unsigned(body.length), body);
  }
  return joined(parts);
}

/** A name of the module's in a message that a terminal shows. */
function printable(name: string): string {
  return name.slice(0, 100).replace(/[^\x20-\x7e]/g, "?");
}
