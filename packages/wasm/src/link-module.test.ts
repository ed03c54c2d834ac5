import { describe, expect, it } from "vitest";
import { linkModule } from "./link-module.ts";
import type { LinkRequest } from "./link-module.ts";
import { Section, writeSections } from "./sections.ts";
import { joined, ModuleRefused, named, unsigned } from "./wasm-bytes.ts";

const I32 = 0x7f;
const function_ = (parameters: number, results: number): readonly number[] => [
  0x60,
  ...line(parameters, ...Array.from({ length: parameters }, () => I32)),
  ...line(results, ...Array.from({ length: results }, () => I32)),
];
/** The bytes as they are; shows what belongs together. */
const line = (...bytes: readonly number[]): readonly number[] => bytes;
const list = (entries: readonly (readonly number[])[]): Uint8Array => joined([unsigned(entries.length), ...entries]);
const body = (...code: readonly number[]): readonly number[] => [...unsigned(code.length + 2), 0x00, ...code, 0x0b];

/**
 * Imports host.a() -> i32 and host.b(i32) -> i32, in this order; exports `through` (calls b(a())), `table` with a reference to
 * `seven` at 1, `byReference` (ref.func of seven into the table, called indirectly), and a global that holds seven.
 */
function sample(): Uint8Array<ArrayBuffer> {
  return writeSections(
    new Map<number, Uint8Array>([
      [Section.Type, list([function_(0, 1), function_(1, 1)])],
      [
        Section.Import,
        list([
          [...named("host"), ...named("a"), 0, 0],
          [...named("host"), ...named("b"), 0, 1],
        ]),
      ],
      [Section.Function, list([[0], [0], [0]])],
      [Section.Table, list([[0x70, 0x00, 0x04]])],
      [Section.Memory, list([[0x00, 0x01]])],
      [Section.Global, list([[0x70, 0x00, 0xd2, 0x03, 0x0b]])],
      [
        Section.Export,
        list([
          [...named("through"), 0x00, 0x02],
          [...named("seven"), 0x00, 0x03],
          [...named("byReference"), 0x00, 0x04],
          [...named("table"), 0x01, 0x00],
          [...named("memory"), 0x02, 0x00],
          [...named("held"), 0x03, 0x00],
        ]),
      ],
      [
        Section.Element,
        list([
          [0x00, 0x41, 0x01, 0x0b, 0x01, 0x03],
          [0x03, 0x00, 0x01, 0x03],
          [0x04, 0x41, 0x02, 0x0b, 0x01, 0xd2, 0x02, 0x0b],
        ]),
      ],
      [
        Section.Code,
        list([
          body(0x10, 0x00, 0x10, 0x01),
          body(0x41, 0x07),
          body(0x41, 0x03, 0xd2, 0x03, 0x26, 0x00, 0x41, 0x03, 0x11, 0x00, 0x00),
        ]),
      ],
    ]),
  );
}

const NOTHING: LinkRequest = { imports: [], replaced: {}, exported: {}, internal: {}, data: new Uint8Array() };

describe("a linked module", () => {
  it("runs its own function where it imported one, and finds its functions again in code, tables, globals and exports", async () => {
    const linked = linkModule(sample(), {
      ...NOTHING,
      imports: [{ module: "host", name: "c", parameters: [], results: ["i32"] }],
      replaced: {
        "host.a": {
          parameters: [],
          results: ["i32"],
          locals: [],
          body: (index) => [0x10, ...unsigned(index.function("host.c")), 0x41, 0x01, 0x6a],
        },
      },
    });
    const module = await WebAssembly.compile(linked);
    expect(WebAssembly.Module.imports(module).map(({ name }) => name)).toEqual(["b", "c"]);
    const { exports } = await WebAssembly.instantiate(module, {
      host: { b: (value: number) => value * 10, c: () => 4 },
    });
    // Exported functions of the sample have no parameters and give a number.
    const run = (name: string): unknown => (exports[name] as () => unknown)();
    expect(run("through")).toBe(50);
    expect(run("seven")).toBe(7);
    expect(run("byReference")).toBe(7);
    const table = exports["table"] as WebAssembly.Table;
    expect(table.get(1)).toBe(exports["seven"]);
    expect(table.get(2)).toBe(exports["through"]);
    expect((exports["held"] as WebAssembly.Global).value).toBe(exports["seven"]);
  });

  it("has functions of its own that find others by name, and bytes to initialize memory with", async () => {
    const linked = linkModule(sample(), {
      ...NOTHING,
      exported: {
        load: {
          parameters: ["i32"],
          results: ["i32"],
          locals: ["i32"],
          body: (index) => [
            ...line(0x20, 0x00, 0x41, 0x00, 0x41, 0x02, 0xfc, 0x08, ...unsigned(index.dataSegment), 0x00),
            ...line(0x20, 0x00, 0x2d, 0x00, 0x01, 0x10, ...unsigned(index.function("inner"))),
          ],
        },
      },
      internal: {
        inner: {
          parameters: ["i32"],
          results: ["i32"],
          locals: [],
          body: (index) => [0x10, ...unsigned(index.function("seven")), 0x20, 0x00, 0x6a],
        },
      },
      data: Uint8Array.of(1, 35),
    });
    const imports = { host: { a: () => 0, b: () => 0 } };
    const { exports } = (await WebAssembly.instantiate(linked, imports)).instance;
    expect((exports["load"] as (at: number) => number)(16)).toBe(42);
  });

  it("is refused when the module is none, or a function is not what its types say", () => {
    expect(() => linkModule(Uint8Array.of(1, 2, 3), NOTHING)).toThrow(ModuleRefused);
    const wrong = { parameters: [], results: ["i32"], locals: [], body: () => [] } as const;
    expect(() => linkModule(sample(), { ...NOTHING, exported: { wrong } })).toThrow("not valid");
    const unknown = { ...wrong, body: (index: { function(name: string): number }) => [0x10, index.function("nobody")] };
    expect(() => linkModule(sample(), { ...NOTHING, exported: { unknown } })).toThrow("nobody");
  });
});
