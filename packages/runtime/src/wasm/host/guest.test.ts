import { describe, expect, it } from "vitest";
import { Guest } from "./guest.ts";
import type { GuestHost } from "./guest.ts";
import { assembleAgent, CARD, fn, op } from "./module/assemble.fixture.ts";
import type { Assembled } from "./module/assemble.fixture.ts";
import { prepareModule } from "./module/prepare-module.ts";

const MEMORY_MB = 16;

async function compiled(options: Assembled): Promise<WebAssembly.Module> {
  return await WebAssembly.compile(prepareModule(assembleAgent(options), MEMORY_MB));
}

function host(overrides: Partial<GuestHost> = {}): GuestHost {
  return {
    env: {},
    print: () => {},
    operate: () => Promise.resolve('{"ok":null}'),
    pause: async () => await new Promise((resolve) => setImmediate(resolve)),
    ...overrides,
  };
}

describe("a guest", () => {
  it("says what it is", async () => {
    const guest = new Guest(await compiled({ handle: () => op.packed(0, 0) }), host());
    expect(await guest.describe()).toBe(CARD);
    expect(guest.fuelUsed).toBeGreaterThan(0);
  });

  it("asks the host and gets its answer into its memory", async () => {
    const asked: string[] = [];
    const module = await compiled({ handle: (text) => [...text("log"), ...text('{"a":1}'), ...op.call(fn.hostCall)] });
    const operate = (name: string, json: string): Promise<string> => {
      asked.push(name, json);
      return Promise.resolve('{"output":7}');
    };
    expect(await new Guest(module, host({ operate })).handle("{}")).toBe('{"output":7}');
    expect(asked).toEqual(["log", '{"a":1}']);
  });

  it("is not disturbed by a hundred others of its module that are suspended with it", async () => {
    // What the platform's rule of an instance per call is for: it keeps its input at a fixed address, like a stack.
    const module = await compiled({
      handle: (text) => [
        ...op.line(...op.i32(64), ...op.local(0), ...op.store, ...op.i32(68), ...op.local(1), ...op.store),
        ...op.line(...text("services"), ...text("{}"), ...op.call(fn.hostCall), ...op.drop),
        ...op.line(...op.i32(64), ...op.load, 0xad, 0x42, 32, 0x86, ...op.i32(68), ...op.load, 0xad, 0x84),
      ],
    });
    const waiting: (() => void)[] = [];
    const operate = async (): Promise<string> => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return '{"ok":null}';
    };
    const inputs = Array.from({ length: 100 }, (_, index) => JSON.stringify({ index, pad: "x".repeat(index) }));
    const answers = Promise.all(inputs.map(async (input) => await new Guest(module, host({ operate })).handle(input)));
    while (waiting.length < inputs.length) await new Promise((resolve) => setImmediate(resolve));
    for (const resume of waiting.toReversed()) resume();
    expect(await answers).toEqual(inputs);
  });

  it("gives way while it loops, and never runs again once it was abandoned", async () => {
    let pauses = 0;
    const module = await compiled({ handle: () => [...op.loop(op.again()), ...op.unreachable] });
    const guest: Guest = new Guest(
      module,
      host({
        pause: async () => {
          pauses++;
          await new Promise((resolve) => setImmediate(resolve));
        },
      }),
    );
    const call = guest.handle("{}");
    while (pauses < 3) await new Promise((resolve) => setImmediate(resolve));
    guest.abandon(new Error("enough"));
    await expect(call).rejects.toThrow("enough");
    await new Promise((resolve) => setTimeout(resolve, 20));
    const after = pauses;
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pauses).toBe(after);
    expect(guest.fuelUsed).toBeGreaterThan(5_000_000);
  });

  it("pays for what a bulk instruction does, not for one instruction", async () => {
    const megabyte = 1024 * 1024;
    const module = await compiled({
      handle: () => [...op.i32(megabyte), ...op.i32(1), ...op.i32(megabyte), ...op.fill, ...op.packed(0, 0)],
    });
    const guest = new Guest(module, host());
    await guest.handle("{}");
    expect(guest.fuelUsed).toBeGreaterThan(megabyte / 16);
  });

  it("ends with what went wrong", async () => {
    const traps: Record<string, { readonly agent: Assembled; readonly why: RegExp }> = {
      unreachable: { agent: { handle: () => [...op.unreachable] }, why: /trapped: unreachable/ },
      "deep recursion": {
        agent: { handle: () => [...op.local(0), ...op.local(1), ...op.call(fn.handle)] },
        why: /nested too deeply/,
      },
      "an answer outside its memory": {
        agent: { handle: () => op.packed(0x7fff_fff0, 64) },
        why: /outside its memory/,
      },
      "an answer too long": { agent: { handle: () => op.packed(0, 0x7fff_ffff) }, why: /at once/ },
      "a forged request": {
        agent: {
          handle: (text) => [...text("log"), ...op.i32(0x7fff_0000), ...op.i32(4_096), ...op.call(fn.hostCall)],
        },
        why: /outside its memory/,
      },
      "an allocator that lies": {
        agent: { handle: () => op.packed(0, 0), alloc: op.i32(0x7fff_ffff) },
        why: /outside its memory/,
      },
      "more memory than its maximum": {
        agent: {
          handle: () => [
            ...op.loop(op.i32(64), op.grow, [0x41, 0x7f], op.equal, op.when(op.unreachable), op.again()),
            ...op.unreachable,
          ],
        },
        why: /trapped: unreachable/,
      },
    };
    for (const [name, { agent, why }] of Object.entries(traps)) {
      const guest = new Guest(await compiled(agent), host());
      await expect(guest.handle("{}"), name).rejects.toThrow(why);
      expect(guest.memoryBytes, name).toBeLessThanOrEqual(MEMORY_MB * 1024 * 1024);
    }
  });
});
