import { joined, ModuleRefused, unsigned, WasmReader } from "./wasm-bytes.ts";

/** Sections by the number they have in the binary format (WebAssembly 2.0 §5.5.2). */
export const Section = {
  Type: 1,
  Import: 2,
  Function: 3,
  Table: 4,
  Memory: 5,
  Global: 6,
  Export: 7,
  Start: 8,
  Element: 9,
  Code: 10,
  Data: 11,
  DataCount: 12,
} as const;

/** Sections come in this order; the one that counts data segments stands before the code. */
const ORDER = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 10, 11] as const;
const PREAMBLE = Uint8Array.of(0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00);

/** Without custom ones: names and debugging information have no use here. @throws ModuleRefused */
export function readSections(bytes: Uint8Array): Map<number, Uint8Array> {
  const reader = new WasmReader(bytes, PREAMBLE.length);
  const sections = new Map<number, Uint8Array>();
  while (!reader.done) {
    const id = reader.byte();
    const size = reader.u32();
    const from = reader.at;
    reader.skip(size);
    if (id === 0) continue;
    if (!ORDER.some((known) => known === id)) throw new ModuleRefused(`The module has a section of kind ${id}.`);
    sections.set(id, bytes.subarray(from, reader.at));
  }
  return sections;
}

export function writeSections(sections: ReadonlyMap<number, Uint8Array>): Uint8Array<ArrayBuffer> {
  const parts = ORDER.flatMap((id) => {
    const content = sections.get(id);
    return content === undefined ? [] : [[id, ...unsigned(content.length)], content];
  });
  // A fresh array over a whole ArrayBuffer.
  return joined([PREAMBLE, ...parts]) as Uint8Array<ArrayBuffer>;
}
