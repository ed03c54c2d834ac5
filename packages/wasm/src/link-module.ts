import { Kind, readInstruction, skipValueType } from "./instructions.ts";
import { readSections, Section, writeSections } from "./sections.ts";
import { joined, ModuleRefused, named, unsigned, WasmReader } from "./wasm-bytes.ts";

export type ValueType = "i32" | "i64";

export interface LinkRequest {
  /** Functions the linked module imports besides those it keeps. */
  readonly imports: readonly {
    readonly module: string;
    readonly name: string;
    readonly parameters: readonly ValueType[];
    readonly results: readonly ValueType[];
  }[];
  /** `module.name` of an import, with the function that takes its place. */
  readonly replaced: Readonly<Record<string, LinkedFunction>>;
  /** Further functions, by the name they are exported with. */
  readonly exported: Readonly<Record<string, LinkedFunction>>;
  /** Further functions that only the others call, by name. */
  readonly internal: Readonly<Record<string, LinkedFunction>>;
  /** Bytes that `memory.init` with the segment's index puts where the module wants them. */
  readonly data: Uint8Array;
}

export interface LinkedFunction {
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  /** Besides the parameters. */
  readonly locals: readonly ValueType[];
  /** Without the last `end`. */
  readonly body: (index: NamedIndex) => readonly number[];
}

/** Indices in the linked module. */
export interface NamedIndex {
  /** Of an export of the module before, or of an import or function that was added, by name. @throws for a name that is none */
  function(name: string): number;
  readonly dataSegment: number;
}

const TYPES: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e };
const FUNCTION = 0x00;

/**
 * Gives imports of a module a body, and adds functions: imports come first in the numbering of functions, so every function of the
 * module is numbered anew, in its code, its tables, its exports.
 * @throws ModuleRefused when the module is not valid or the result would not be
 */
export function linkModule(bytes: Uint8Array<ArrayBuffer>, request: LinkRequest): Uint8Array<ArrayBuffer> {
  if (!WebAssembly.validate(bytes)) throw new ModuleRefused("The file is not a valid WebAssembly module.");
  const sections = readSections(bytes);
  const before = readImports(sections.get(Section.Import));
  const kept = before.filter(({ fullName }) => !(fullName in request.replaced));
  const defined = countOf(sections.get(Section.Function));
  const importCount = kept.length + request.imports.length;
  const added = [
    ...Object.entries(request.replaced),
    ...Object.entries(request.exported),
    ...Object.entries(request.internal),
  ];
  const indexOfAdded = new Map(added.map(([name], index) => [name, importCount + defined + index]));
  const renumbered = before.map(({ fullName }, index) =>
    fullName in request.replaced
      ? indexOfAdded.get(fullName)
      : index - before.slice(0, index).filter((each) => each.fullName in request.replaced).length,
  );
  const renumber = (index: number): number => renumbered[index] ?? index - before.length + importCount;

  const exportsBefore = readExports(sections.get(Section.Export));
  const namesOfImports = new Map(
    request.imports.map(({ module, name }, index) => [`${module}.${name}`, kept.length + index]),
  );
  const dataSegment = countOf(sections.get(Section.Data));
  const index: NamedIndex = {
    dataSegment,
    function(name) {
      const own = exportsBefore.find((each) => each.kind === FUNCTION && each.name === name);
      const found = indexOfAdded.get(name) ?? namesOfImports.get(name) ?? (own && renumber(own.index));
      if (found === undefined) throw new Error(`the module has no function ${name}`);
      return found;
    },
  };

  const types = new TypeList(sections.get(Section.Type));
  sections.set(
    Section.Import,
    list([
      ...kept.map(({ entry }) => entry),
      ...request.imports.map((each) => [
        ...named(each.module),
        ...named(each.name),
        FUNCTION,
        ...unsigned(types.indexOf(each)),
      ]),
    ]),
  );
  append(
    sections,
    Section.Function,
    added.map(([, each]) => unsigned(types.indexOf(each))),
  );
  sections.set(Section.Type, types.section());
  sections.set(
    Section.Export,
    list([
      ...exportsBefore.map((each) => [
        ...named(each.name),
        each.kind,
        ...unsigned(each.kind === FUNCTION ? renumber(each.index) : each.index),
      ]),
      ...Object.keys(request.exported).map((name) => [...named(name), FUNCTION, ...unsigned(index.function(name))]),
    ]),
  );
  const start = sections.get(Section.Start);
  if (start !== undefined)
    sections.set(Section.Start, Uint8Array.from(unsigned(renumber(new WasmReader(start).u32()))));
  const elements = sections.get(Section.Element);
  if (elements !== undefined) sections.set(Section.Element, renumberElements(elements, renumber));
  sections.set(Section.Code, renumberCode(sections.get(Section.Code) ?? Uint8Array.of(0), renumber));
  append(
    sections,
    Section.Code,
    added.map(([, each]) => bodyOf(each, index)),
  );
  append(sections, Section.Data, [[0x01, ...unsigned(request.data.length)]], request.data);
  sections.set(Section.DataCount, Uint8Array.from(unsigned(dataSegment + 1)));
  const linked = writeSections(sections);
  if (!WebAssembly.validate(linked)) throw new ModuleRefused("The linked module is not valid.");
  return linked;
}

interface ImportEntry {
  readonly fullName: string;
  readonly entry: Uint8Array;
}

/** @throws ModuleRefused for what is not a function: it would be numbered with others */
function readImports(section: Uint8Array | undefined): readonly ImportEntry[] {
  if (section === undefined) return [];
  const reader = new WasmReader(section);
  return Array.from({ length: reader.u32() }, () => {
    const from = reader.at;
    const fullName = `${reader.name()}.${reader.name()}`;
    if (reader.byte() !== FUNCTION) throw new ModuleRefused(`The module imports ${fullName}, which is not a function.`);
    reader.u32();
    return { fullName, entry: section.subarray(from, reader.at) };
  });
}

interface ExportEntry {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

function readExports(section: Uint8Array | undefined): readonly ExportEntry[] {
  if (section === undefined) return [];
  const reader = new WasmReader(section);
  return Array.from({ length: reader.u32() }, () => ({
    name: reader.name(),
    kind: reader.byte(),
    index: reader.u32(),
  }));
}

/** The function types there are, and those that are asked for besides. */
class TypeList {
  readonly #before: Uint8Array;
  readonly #count: number;
  readonly #added: string[] = [];

  constructor(section: Uint8Array | undefined) {
    const reader = new WasmReader(section ?? Uint8Array.of(0));
    this.#count = reader.u32();
    this.#before = reader.bytes.subarray(reader.at);
  }

  indexOf({ parameters, results }: Pick<LinkedFunction, "parameters" | "results">): number {
    const vector = (types: readonly ValueType[]): readonly number[] => [
      ...unsigned(types.length),
      ...types.map((type) => TYPES[type]),
    ];
    const entry = [0x60, ...vector(parameters), ...vector(results)].join(" ");
    const known = this.#added.indexOf(entry);
    return this.#count + (known === -1 ? this.#added.push(entry) - 1 : known);
  }

  section(): Uint8Array {
    const added = this.#added.flatMap((entry) => entry.split(" ").map(Number));
    return joined([unsigned(this.#count + this.#added.length), this.#before, added]);
  }
}

/** Eight forms (§5.5.12), of which those with expressions name functions by `ref.func`. */
function renumberElements(section: Uint8Array, renumber: (index: number) => number): Uint8Array {
  const reader = new WasmReader(section);
  const count = reader.u32();
  const parts: (Uint8Array | readonly number[])[] = [unsigned(count)];
  const copied = (read: () => void): void => {
    const from = reader.at;
    read();
    parts.push(section.subarray(from, reader.at));
  };
  for (let left = count; left > 0; left--) {
    let flags = 0;
    copied(() => (flags = reader.u32()));
    const isActive = (flags & 0x01) === 0;
    const hasTable = (flags & 0x02) !== 0;
    const areExpressions = (flags & 0x04) !== 0;
    if (isActive && hasTable) copied(() => reader.u32());
    if (isActive) parts.push(renumberExpression(reader, renumber));
    // A kind or a type stands in all but the two shortest forms.
    if (!isActive || hasTable) copied(() => reader.byte());
    const entries = reader.u32();
    parts.push(unsigned(entries));
    for (let each = entries; each > 0; each--) {
      parts.push(areExpressions ? renumberExpression(reader, renumber) : unsigned(renumber(reader.u32())));
    }
  }
  return joined(parts);
}

function renumberCode(section: Uint8Array, renumber: (index: number) => number): Uint8Array {
  const reader = new WasmReader(section);
  const count = reader.u32();
  const parts: (Uint8Array | readonly number[])[] = [unsigned(count)];
  for (let left = count; left > 0; left--) {
    const size = reader.u32();
    const end = reader.at + size;
    const code = new WasmReader(section, reader.at, end);
    const from = code.at;
    for (let groups = code.u32(); groups > 0; groups--) {
      code.skipNumber();
      skipValueType(code);
    }
    const body = joined([section.subarray(from, code.at), renumberInstructions(code, renumber, () => code.done)]);
    parts.push(unsigned(body.length), body);
    reader.at = end;
  }
  return joined(parts);
}

/** One constant expression, its `end` included. */
function renumberExpression(reader: WasmReader, renumber: (index: number) => number): Uint8Array {
  let ended = false;
  return renumberInstructions(reader, renumber, (kind) => {
    ended ||= kind === Kind.End;
    return ended;
  });
}

function renumberInstructions(
  code: WasmReader,
  renumber: (index: number) => number,
  isLast: (kind: Kind) => boolean,
): Uint8Array {
  const parts: (Uint8Array | readonly number[])[] = [];
  let from = code.at;
  for (;;) {
    const at = code.at;
    const kind = readInstruction(code);
    if (kind === Kind.Function) {
      const index = new WasmReader(code.bytes, at + 1).u32();
      parts.push(code.bytes.subarray(from, at + 1), unsigned(renumber(index)));
      from = code.at;
    }
    if (isLast(kind)) break;
  }
  parts.push(code.bytes.subarray(from, code.at));
  return joined(parts);
}

function bodyOf({ locals, body }: LinkedFunction, index: NamedIndex): readonly number[] {
  const code = [...unsigned(locals.length), ...locals.flatMap((type) => [1, TYPES[type]]), ...body(index), 0x0b];
  return [...unsigned(code.length), ...code];
}

function countOf(section: Uint8Array | undefined): number {
  return section === undefined ? 0 : new WasmReader(section).u32();
}

function list(entries: readonly (Uint8Array | readonly number[])[]): Uint8Array {
  return joined([unsigned(entries.length), ...entries]);
}

function append(
  sections: Map<number, Uint8Array>,
  id: number,
  entries: readonly (readonly number[])[],
  tail: Uint8Array = new Uint8Array(),
): void {
  const before = new WasmReader(sections.get(id) ?? Uint8Array.of(0));
  const total = before.u32() + entries.length;
  sections.set(id, joined([unsigned(total), before.bytes.subarray(before.at), ...entries, tail]));
}
