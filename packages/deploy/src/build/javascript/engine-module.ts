import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { joined, linkModule, signed, unsigned } from "@berth/wasm";
import type { LinkedFunction, NamedIndex } from "@berth/wasm";
import { compileScript } from "./compile-script.ts";

/**
 * An agent's JavaScript with the engine that runs it, as one module of the interface "agent v1" (docs/reference/wasm.md). The engine is QuickJS
 * from the package quickjs-wasi, whose functions of C are exported; what it imports of its usual host is replaced by functions that
 * know only `agent.host_call`.
 *
 * `script` is a classic script. It leaves `globalThis.__agent` with `describe()`, `handle(json)` and `result()`, of which the last gives
 * the JSON of what the one before has come to, and is asked again after "": then something was put on the way that must run first.
 * `__host(op, json)` asks the platform and waits.
 */
export async function engineModule(script: string): Promise<Uint8Array<ArrayBuffer>> {
  const engine = new Uint8Array(await readFile(fileURLToPath(import.meta.resolve("quickjs-wasi/quickjs.wasm"))));
  const { data, at } = layOut({
    bytecode: await compileScript(engine, script, FILE),
    file: FILE,
    host: "__host",
    input: "__input",
    describe: "__agent.describe()",
    handle: "__agent.handle(__input)",
    result: "__agent.result()",
  });
  return linkModule(engine, {
    imports: [{ module: "agent", name: "host_call", parameters: ["i32", "i32", "i32", "i32"], results: ["i64"] }],
    replaced: REPLACED,
    exported: {
      agent_alloc: { ...returning("i32", ["i32"]), body: (index) => [...local(0), ...call(index, "wasm_malloc")] },
      agent_describe: {
        ...returning("i64"),
        locals: ["i32"],
        body: (index) => [
          ...line(...call(index, "open"), ...set(0)),
          ...evaluate(index, at("describe", 0), at("file", 0)),
          ...line(...local(0), ...call(index, "outcome")),
        ],
      },
      agent_handle: {
        ...returning("i64", ["i32", "i32"]),
        locals: ["i32"],
        body: (index) => [
          ...line(...call(index, "open"), ...set(2)),
          ...line(...call(index, "qjs_get_global"), ...at("input", 2).address),
          ...line(
            ...local(0),
            ...local(1),
            ...call(index, "qjs_new_string"),
            ...call(index, "qjs_set_prop_string"),
            DROP,
          ),
          ...evaluate(index, at("handle", 2), at("file", 2)),
          ...line(...local(2), ...call(index, "outcome")),
        ],
      },
    },
    internal: {
      // Starts the engine, gives it the host and runs the script; gives the address of the texts.
      open: {
        ...returning("i32"),
        locals: ["i32"],
        body: (index) => [
          ...line(...call(index, "qjs_init"), DROP),
          ...line(...i32(data.length), ...call(index, "wasm_malloc"), ...set(0)),
          ...line(...local(0), ...i32(0), ...i32(data.length), ...memoryInit(index.dataSegment)),
          ...line(...call(index, "qjs_get_global"), ...at("host", 0).address),
          ...line(
            ...at("host", 0).address,
            ...at("host", 0).length,
            ...i32(0),
            ...call(index, "qjs_new_host_function"),
          ),
          ...line(...call(index, "qjs_set_prop_string"), DROP),
          ...line(...at("bytecode", 0).address, ...at("bytecode", 0).length, ...call(index, "qjs_eval_bytecode")),
          ...trapOnException(index),
          ...local(0),
        ],
      },
      // Runs what is pending until nothing is and asks for the result, again while that is empty: `address << 32 | length`.
      outcome: {
        ...returning("i64", ["i32"]),
        locals: ["i32", "i32", "i32"],
        body: (index) => [
          ...line(...i32(4), ...call(index, "wasm_malloc"), ...set(2)),
          ...untilTrue([
            ...whileTrue(call(index, "qjs_is_job_pending"), [...call(index, "qjs_execute_pending_job"), DROP]),
            ...line(...at("result", 0).address, ...at("result", 0).length, ...at("file", 0).address, ...i32(0)),
            ...line(...call(index, "qjs_eval"), ...set(1)),
            ...line(...local(1), ...trapOnException(index)),
            ...line(...local(1), ...local(2), ...call(index, "qjs_get_string_len"), ...set(3)),
            ...line(...local(2), ...LOAD),
          ]),
          ...packed(local(3), [...local(2), ...LOAD]),
        ],
      },
    },
    data,
  });
}

/** The script's name in stacks. */
const FILE = "agent.js";

const DROP = 0x1a;
const LOAD = [0x28, 0x02, 0x00];
const UNREACHABLE = 0x00;

/** The bytes as they are; shows what belongs together. */
const line = (...bytes: readonly number[]): readonly number[] => bytes;
const local = (index: number): readonly number[] => [0x20, ...unsigned(index)];
const set = (index: number): readonly number[] => [0x21, ...unsigned(index)];
const i32 = (value: number): readonly number[] => [0x41, ...signed(value)];
const call = (index: NamedIndex, name: string): readonly number[] => [0x10, ...unsigned(index.function(name))];
const memoryInit = (segment: number): readonly number[] => [0xfc, 0x08, ...unsigned(segment), 0x00];

/** `address << 32 | length` */
function packed(address: readonly number[], length: readonly number[]): readonly number[] {
  const [toI64, shiftBy32] = [[0xad], [0x42, 0x20, 0x86]];
  return [...address, ...toI64, ...shiftBy32, ...length, ...toI64, 0x84];
}

function whileTrue(condition: readonly number[], body: readonly number[]): readonly number[] {
  return [0x02, 0x40, 0x03, 0x40, ...condition, 0x45, 0x0d, 0x01, ...body, 0x0c, 0x00, 0x0b, 0x0b];
}

/** `body` leaves a number; not zero ends it. */
function untilTrue(body: readonly number[]): readonly number[] {
  return [0x03, 0x40, ...body, 0x45, 0x0d, 0x00, 0x0b];
}

/** The script catches its own; what is left is an engine without memory. */
function trapOnException(index: NamedIndex): readonly number[] {
  return [...call(index, "qjs_is_exception"), 0x04, 0x40, UNREACHABLE, 0x0b];
}

interface Place {
  readonly address: readonly number[];
  readonly length: readonly number[];
}

/** Values of the engine are not freed: an instance runs one call. */
function evaluate(index: NamedIndex, code: Place, file: Place): readonly number[] {
  return [
    ...code.address,
    ...code.length,
    ...file.address,
    ...i32(0),
    ...call(index, "qjs_eval"),
    ...trapOnException(index),
  ];
}

function returning(
  result: "i32" | "i64",
  parameters: LinkedFunction["parameters"] = [],
): Pick<LinkedFunction, "parameters" | "results" | "locals"> {
  return { parameters, results: [result], locals: [] };
}

/** What the engine asks of its host: one function that calls the platform, and nothing else. */
const REPLACED: Readonly<Record<string, LinkedFunction>> = {
  // (name, nameLength, this, count, arguments) -> value: two texts in, the answer's text out.
  "env.host_call": {
    ...returning("i32", ["i32", "i32", "i32", "i32", "i32"]),
    locals: ["i32", "i32", "i64"],
    body: (index) => {
      const lengthOf = (parameter: number): readonly number[] => [...local(5), ...i32(parameter * 4), 0x6a];
      const textOf = (parameter: number): readonly number[] => [
        ...line(...local(4), 0x28, 0x02, ...unsigned(parameter * 4)),
        ...line(...lengthOf(parameter), ...call(index, "qjs_get_string_len")),
        ...line(...lengthOf(parameter), ...LOAD),
      ];
      return [
        ...line(...local(3), ...i32(2), 0x47, 0x04, 0x40, UNREACHABLE, 0x0b),
        ...line(...i32(8), ...call(index, "wasm_malloc"), ...set(5)),
        ...line(...textOf(0), ...textOf(1), ...call(index, "agent.host_call"), ...set(7)),
        ...line(...local(7), 0x42, 0x20, 0x88, 0xa7, ...set(6)),
        ...line(...local(6), ...local(7), 0xa7, ...call(index, "qjs_new_string")),
        ...line(...local(6), ...call(index, "wasm_free"), ...local(5), ...call(index, "wasm_free")),
      ];
    },
  },
  "env.host_interrupt": { ...returning("i32"), body: () => i32(0) },
  "env.host_get_timezone_offset": { ...returning("i32", ["i32", "i32"]), body: () => i32(0) },
  "env.host_module_normalize": { ...returning("i32", ["i32", "i32"]), body: () => i32(0) },
  "env.host_module_load": { ...returning("i32", ["i32", "i32"]), body: () => i32(0) },
  "env.host_promise_rejection": {
    parameters: ["i32", "i32", "i32"],
    results: [],
    locals: [],
    body: (index) => [
      ...line(...local(0), ...call(index, "qjs_free_value")),
      ...line(...local(1), ...call(index, "qjs_free_value")),
    ],
  },
};

/** Texts one after the other, each with a zero behind it; `at(name, base)` is where one is, with the base in that local. */
function layOut<Name extends string>(
  texts: Readonly<Record<Name, string | Uint8Array>>,
): {
  readonly data: Uint8Array;
  readonly at: (name: Name, base: number) => Place;
} {
  const places = new Map<string, { readonly from: number; readonly length: number }>();
  const parts: Uint8Array[] = [];
  let from = 0;
  for (const [name, text] of Object.entries<string | Uint8Array>(texts)) {
    const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
    places.set(name, { from, length: bytes.length });
    parts.push(bytes, Uint8Array.of(0));
    from += bytes.length + 1;
  }
  return {
    data: joined(parts),
    at(name, base) {
      const place = places.get(name) ?? { from: 0, length: 0 };
      return { address: [...local(base), ...i32(place.from), 0x6a], length: i32(place.length) };
    },
  };
}
