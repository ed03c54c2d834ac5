import { GuestFault, GuestMemory } from "./guest-memory.ts";
import { jspi } from "./jspi.ts";
import { WASI_MODULE } from "./module/check-surface.ts";
import { FUEL_EXPORT, GROWN_EXPORT, YIELD_EXPORT } from "./module/prepare-module.ts";
import { wasiImports } from "./wasi.ts";

/** Instructions between two looks at the event loop: a few milliseconds. */
const SLICE = 2_000_000;

export interface GuestHost {
  readonly env: { readonly [name: string]: string };
  readonly print: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  /** Resolves with the answer of the platform, as JSON; or never, when nobody waits any more. */
  readonly operate: (op: string, json: string) => Promise<string>;
  /** After each slice; resolves when the guest may go on. A guest that may not is abandoned meanwhile. */
  readonly pause: (guest: Guest, ranMs: number) => Promise<void>;
}

/** `(import "h" "y" (func))` exported again: a host function as something that a table can hold. */
const YIELD_MODULE = new WebAssembly.Module(
  Uint8Array.from(
    [
      [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
      [0x01, 0x04, 0x01, 0x60, 0x00, 0x00],
      [0x02, 0x07, 0x01, 0x01, 0x68, 0x01, 0x79, 0x00, 0x00],
      [0x07, 0x05, 0x01, 0x01, 0x79, 0x00, 0x00],
    ].flat(),
  ),
);

/**
 * One instance of a module, for one call: two calls that are suspended in the same one would overwrite each other's part
 * of its stack, which lies in its memory.
 *
 * To end it, its promise is rejected and the suspended code is never resumed: an exception in its place could be caught
 * by the module, and there is nothing left that it could do.
 */
export class Guest {
  readonly #exports: WebAssembly.Exports;
  readonly #memory: GuestMemory;
  readonly #fuel: WebAssembly.Global<"i64">;
  readonly #host: GuestHost;
  readonly #ended = Promise.withResolvers<never>();
  #abandoned = false;
  #used = 0;
  #resumedAt = performance.now();

  constructor(module: WebAssembly.Module, host: GuestHost) {
    this.#host = host;
    this.#ended.promise.catch(() => {});
    const wasi = wasiImports({
      memory: () => this.#memory,
      env: host.env,
      print: host.print,
      charge: (fuel) => {
        this.#fuel.value -= BigInt(fuel >>> 0);
      },
      exit: (code) => this.abandon(new GuestFault(`It ended itself with code ${code}.`)),
      leave: async () => await never(),
    });
    const hostCall = async (op = 0, opLength = 0, json = 0, length = 0): Promise<bigint> =>
      await this.#hostCall(this.#memory.text(op, opLength), this.#memory.text(json, length));
    const instance = new WebAssembly.Instance(module, {
      [WASI_MODULE]: wasi,
      agent: { host_call: new jspi.Suspending(hostCall) },
    });
    this.#exports = instance.exports;
    // `checkSurface` and `prepareModule` saw to the kinds of all exports that are used here.
    this.#memory = new GuestMemory(this.#exports["memory"] as WebAssembly.Memory);
    this.#fuel = this.#exports[FUEL_EXPORT] as WebAssembly.Global<"i64">;
    const yielding = new WebAssembly.Instance(YIELD_MODULE, {
      h: { y: new jspi.Suspending(async (): Promise<void> => await this.#yield()) },
    });
    (this.#exports[YIELD_EXPORT] as WebAssembly.Table).set(0, yielding.exports["y"]);
  }

  get memoryBytes(): number {
    return this.#memory.byteLength;
  }

  /** Instructions, as metered. */
  get fuelUsed(): number {
    return this.#used;
  }

  describe(): Promise<string> {
    return this.#untilEnded(async () => {
      await this.#initialize();
      return this.#memory.packedText(await this.#call("agent_describe"));
    });
  }

  handle(json: string): Promise<string> {
    return this.#untilEnded(async () => {
      await this.#initialize();
      const { pointer, length } = await this.#put(json);
      return this.#memory.packedText(await this.#call("agent_handle", pointer, length));
    });
  }

  abandon(why: Error): void {
    this.#abandoned = true;
    this.#ended.reject(why);
  }

  #untilEnded(run: () => Promise<string>): Promise<string> {
    const ran = async (): Promise<string> => {
      try {
        return await run();
      } catch (error) {
        throw toFault(error, this.#wasRefusedMemory);
      }
    };
    return Promise.race([ran(), this.#ended.promise]);
  }

  /** The last thing it wanted of its memory is more than its limit: what it traps with then comes of that. */
  get #wasRefusedMemory(): boolean {
    return (this.#exports[GROWN_EXPORT] as WebAssembly.Global<"i32">).value === -1;
  }

  /** A reactor's constructors; a command's `_start` is its author's mistake and never run. */
  async #initialize(): Promise<void> {
    if (typeof this.#exports["_initialize"] === "function") await this.#call("_initialize");
  }

  async #call(name: string, ...parameters: number[]): Promise<unknown> {
    // Exported functions take numbers.
    const fn = jspi.promising(this.#exports[name] as (...parameters: number[]) => unknown);
    this.#refuel();
    try {
      return await fn(...parameters);
    } finally {
      this.#settle();
    }
  }

  async #put(text: string): Promise<{ readonly pointer: number; readonly length: number }> {
    const bytes = new TextEncoder().encode(text);
    const pointer = Number(await this.#call("agent_alloc", bytes.length));
    this.#memory.view(pointer, bytes.length).set(bytes);
    return { pointer, length: bytes.length };
  }

  async #hostCall(op: string, json: string): Promise<bigint> {
    this.#settle();
    const answer = await this.#host.operate(op, json);
    if (this.#abandoned) return await never();
    const { pointer, length } = await this.#put(answer);
    if (this.#abandoned) return await never();
    this.#refuel();
    return (BigInt(pointer >>> 0) << 32n) | BigInt(length);
  }

  async #yield(): Promise<void> {
    this.#settle();
    await this.#host.pause(this, performance.now() - this.#resumedAt);
    if (this.#abandoned) await never();
    this.#refuel();
  }

  #refuel(): void {
    this.#fuel.value = BigInt(SLICE);
    this.#resumedAt = performance.now();
  }

  /** Counts what the last slice used. Again, without running in between, it counts nothing. */
  #settle(): void {
    this.#used += Math.max(0, SLICE - Number(this.#fuel.value));
    this.#fuel.value = BigInt(SLICE);
  }
}

/** Whatever waits for it is collected with it. */
function never(): Promise<never> {
  return new Promise(() => {});
}

function toFault(error: unknown, wasRefusedMemory: boolean): Error {
  if (error instanceof GuestFault) return error;
  if (error instanceof WebAssembly.RuntimeError && wasRefusedMemory) {
    return new GuestFault(`It ran out of memory, and trapped: ${error.message}.`, "AGENT_OUT_OF_MEMORY");
  }
  if (error instanceof RangeError)
    return new GuestFault(`It trapped: its calls are nested too deeply (${error.message}).`);
  if (error instanceof WebAssembly.RuntimeError) return new GuestFault(`It trapped: ${error.message}.`);
  return new GuestFault(`It failed: ${error instanceof Error ? error.message : String(error)}`);
}
