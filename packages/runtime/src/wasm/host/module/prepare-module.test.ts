import { describe, expect, it } from "vitest";
import { assembleAgent, op } from "./assemble.fixture.ts";
import type { Assembled } from "./assemble.fixture.ts";
import { checkSurface } from "./check-surface.ts";
import { FUEL_EXPORT, GROWN_EXPORT, prepareModule, YIELD_EXPORT } from "./prepare-module.ts";
import { signed, unsigned, WasmReader } from "#wasm";

const HANDLE: Assembled = { handle: () => op.packed(0, 0) };

describe("preparing a module", () => {
  it("keeps what is there and adds the meter", async () => {
    const bytes = assembleAgent(HANDLE);
    const before = WebAssembly.Module.exports(await WebAssembly.compile(bytes)).map(({ name }) => name);
    const module = await WebAssembly.compile(prepareModule(bytes, 64));
    const after = WebAssembly.Module.exports(module).map(({ name }) => name);
    expect(after).toEqual([...before, FUEL_EXPORT, GROWN_EXPORT, YIELD_EXPORT]);
    expect(() => checkSurface(module)).not.toThrow();
  });

  it("lowers the memory's maximum to the limit, and leaves one that is lower", () => {
    const maximum = (options: Partial<Assembled>): number => {
      const prepared = prepareModule(assembleAgent({ ...HANDLE, ...options }), 4);
      const { exports } = new WebAssembly.Instance(new WebAssembly.Module(prepared), {
        agent: { host_call: () => 0n },
      });
      const memory = exports["memory"] as WebAssembly.Memory;
      for (;;) {
        try {
          memory.grow(1);
        } catch {
          return memory.buffer.byteLength / 65_536;
        }
      }
    };
    expect(maximum({})).toBe(64);
    expect(maximum({ maxPages: 65_536 })).toBe(64);
    expect(maximum({ maxPages: 40 })).toBe(40);
  });

  it("refuses what it cannot hold, and says why", () => {
    const refused = (bytes: Uint8Array<ArrayBuffer>, why: RegExp): void => {
      expect(() => prepareModule(bytes, 4)).toThrow(why);
    };
    refused(new Uint8Array(), /not a valid/);
    refused(assembleAgent(HANDLE).slice(0, 60), /not a valid/);
    refused(assembleAgent({ ...HANDLE, pages: 100 }), /begins with/);
    // The index after its last global: valid only once the meter is there.
    refused(assembleAgent({ handle: () => [0x42, 0, 0x24, 2, ...op.packed(0, 0)] }), /not a valid/);
    // atomic.fence
    refused(assembleAgent({ handle: () => [0xfe, 0x03, 0x00, ...op.packed(0, 0)] }), /not metered here: 0xfe/);
  });

  it("refuses a surface that is not an agent's, with all names", async () => {
    const surface = async (options: Assembled): Promise<void> =>
      checkSurface(await WebAssembly.compile(prepareModule(assembleAgent(options), 4)));
    await expect(surface({ ...HANDLE, imports: "env.evil" })).rejects.toThrow(/not offered: env\.evil/);
    await expect(surface({ ...HANDLE, imports: "wasi_snapshot_preview1.path_hack" })).rejects.toThrow(/path_hack/);
    await expect(surface({ ...HANDLE, exports: ["agent_alloc"] })).rejects.toThrow(
      /does not export agent_describe, agent_handle/,
    );
  });

  it("writes numbers that read back the same", () => {
    for (const value of [0, 1, 63, 64, 127, 128, 8_191, 8_192, 1_000_000, 2 ** 31 - 1]) {
      expect(new WasmReader(Uint8Array.from(unsigned(value))).u32()).toBe(value);
      expect((signed(value).at(-1) ?? 0) & 0x40, String(value)).toBe(0);
    }
  });
});
