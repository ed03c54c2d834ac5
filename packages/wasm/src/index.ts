export { Kind, readInstruction, skipValueType } from "./instructions.ts";
export { linkModule } from "./link-module.ts";
export type { LinkedFunction, LinkRequest, NamedIndex, ValueType } from "./link-module.ts";
export { readSections, Section, writeSections } from "./sections.ts";
export { ModuleRefused, WasmReader, joined, named, signed, unsigned } from "./wasm-bytes.ts";
