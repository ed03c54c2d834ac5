import { describe, expect, it } from "vitest";
import { GuestMemory } from "./guest-memory.ts";
import { WASI_NAMES } from "./module/check-surface.ts";
import { wasiImports } from "./wasi.ts";

function open(env: { readonly [name: string]: string } = {}) {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const printed: string[] = [];
  let fuel = 0;
  const imports = wasiImports({
    memory: () => new GuestMemory(memory),
    env,
    print: (stream, bytes) => printed.push(`${stream} ${new TextDecoder().decode(bytes)}`),
    charge: (more) => {
      fuel += more;
    },
    exit: () => {},
    leave: () => new Promise(() => {}),
  });
  const call = (name: string, ...parameters: (number | bigint)[]): unknown =>
    // All but proc_exit are plain functions.
    (imports[name] as (...parameters: (number | bigint)[]) => unknown)(...parameters);
  return { call, printed, view: new DataView(memory.buffer), fuel: () => fuel, imports };
}

describe("the system interface of a module", () => {
  it("shows the release's variables and nothing of the host", () => {
    process.env["HOST_ONLY"] = "secret";
    const { call, view } = open({ COLOUR: "green" });
    expect(call("environ_sizes_get", 0, 4)).toBe(0);
    expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([1, "COLOUR=green\0".length]);
    expect(call("environ_get", 16, 64)).toBe(0);
    expect(new TextDecoder().decode(new Uint8Array(view.buffer, 64, 13))).toBe("COLOUR=green\0");
    expect(call("args_sizes_get", 0, 4)).toBe(0);
    expect([view.getUint32(0, true), view.getUint32(4, true)]).toEqual([0, 0]);
    delete process.env["HOST_ONLY"];
  });

  it("has every function of its version, and no file behind any of them", () => {
    const { imports, call } = open();
    expect(Object.keys(imports).toSorted()).toEqual([...WASI_NAMES].toSorted());
    for (const name of WASI_NAMES.filter((each) => /^(path|sock)_/.test(each))) expect(call(name), name).toBe(52);
    expect(call("fd_prestat_get", 3, 0)).toBe(8);
    expect(call("fd_write", 3, 0, 0, 0)).toBe(8);
  });

  it("survives addresses and lengths that are not there", () => {
    const { call, printed } = open({ A: "b" });
    for (const [name, ...parameters] of [
      ["environ_get", 0xffff_fff0, 0xffff_fff0],
      ["environ_sizes_get", 65_535, 0],
      ["random_get", 65_530, 100],
      ["fd_write", 1, 65_530, 5, 0],
      ["clock_time_get", 0, 0n, 65_533],
      ["fd_fdstat_get", 0, -8],
    ] as const) {
      expect(call(name, ...parameters), name).toBe(21);
    }
    expect(call("random_get", 0, 1 << 30)).toBe(28);
    expect(call("fd_write", 1, 0, 0x7fff_ffff, 0)).toBe(28);
    expect(printed).toEqual([]);
  });

  it("prints what it is given, and lets it be paid for", () => {
    const { call, view, printed, fuel } = open();
    new Uint8Array(view.buffer).set(new TextEncoder().encode("hello\n"), 100);
    view.setUint32(0, 100, true);
    view.setUint32(4, 6, true);
    expect(call("fd_write", 2, 0, 1, 32)).toBe(0);
    expect(view.getUint32(32, true)).toBe(6);
    expect(printed).toEqual(["stderr hello\n"]);
    expect(fuel()).toBeGreaterThan(6);
  });
});
