import { GuestFault } from "./guest-memory.ts";
import type { GuestMemory } from "./guest-memory.ts";
import { jspi } from "./jspi.ts";
import { WASI_NAMES } from "./module/check-surface.ts";

export interface WasiHost {
  readonly memory: () => GuestMemory;
  readonly env: { readonly [name: string]: string };
  /** Bytes the module printed. */
  readonly print: (stream: "stdout" | "stderr", bytes: Uint8Array) => void;
  /** Pays for work that the host does in the module's place. */
  readonly charge: (fuel: number) => void;
  /** The call is over; nothing of the module runs any more. */
  readonly exit: (code: number) => void;
  /** Never resolves. */
  readonly leave: () => Promise<never>;
}

const Errno = { Success: 0, BadFile: 8, Fault: 21, Invalid: 28, Unsupported: 52, Pipe: 70 } as const;
const CALL_FUEL = 500;
const MAX_VECTORS = 1_024;
const MAX_PRINT_BYTES = 64 * 1024;
const MAX_RANDOM_BYTES = 64 * 1024;
const CHARACTER_DEVICE = 2;

type WasiFunction = (...parameters: number[]) => number;

/**
 * wasi_snapshot_preview1 with nothing behind it: no file, no socket, no argument; the release's own variables, the clock,
 * random numbers, and standard output as log.
 */
export function wasiImports(host: WasiHost): WebAssembly.ModuleImports {
  const { memory } = host;
  const encoder = new TextEncoder();
  const variables = Object.entries(host.env).map(([name, value]) => encoder.encode(`${name}=${value}\0`));

  const offered: Readonly<Record<string, WasiFunction>> = {
    args_get: () => Errno.Success,
    args_sizes_get: (count = 0, size = 0) => writeSizes(memory(), { count, size }, []),
    environ_get: (list = 0, buffer = 0) => {
      let at = buffer >>> 0;
      for (const [index, bytes] of variables.entries()) {
        memory().u32((list >>> 0) + index * 4, at);
        memory().view(at, bytes.length).set(bytes);
        at += bytes.length;
      }
      return Errno.Success;
    },
    environ_sizes_get: (count = 0, size = 0) => writeSizes(memory(), { count, size }, variables),
    clock_res_get: (_clock, result = 0) => {
      memory().u64(result, 1_000_000n);
      return Errno.Success;
    },
    fd_fdstat_get: (fd = 0, result = 0) => {
      if (fd > 2) return Errno.BadFile;
      const bytes = memory().view(result, 24);
      bytes.fill(0);
      bytes[0] = CHARACTER_DEVICE;
      return Errno.Success;
    },
    fd_prestat_get: () => Errno.BadFile,
    fd_prestat_dir_name: () => Errno.BadFile,
    fd_close: () => Errno.BadFile,
    fd_seek: (fd = 0) => (fd > 2 ? Errno.BadFile : Errno.Pipe),
    fd_read: (_fd, _list, _count, result = 0) => {
      memory().u32(result, 0);
      return Errno.Success;
    },
    fd_write: (fd = 0, list = 0, count = 0, result = 0) => {
      if (fd !== 1 && fd !== 2) return Errno.BadFile;
      if (count >>> 0 > MAX_VECTORS) return Errno.Invalid;
      let written = 0;
      for (let index = 0; index < count; index++) {
        const vector = new DataView(
          memory()
            .view((list >>> 0) + index * 8, 8)
            .slice().buffer,
        );
        const bytes = memory().view(vector.getUint32(0, true), vector.getUint32(4, true));
        if (written < MAX_PRINT_BYTES) host.print(fd === 1 ? "stdout" : "stderr", bytes.slice(0, MAX_PRINT_BYTES));
        written += bytes.length;
      }
      host.charge(written);
      memory().u32(result, written);
      return Errno.Success;
    },
    random_get: (pointer = 0, length = 0) => {
      if (length >>> 0 > MAX_RANDOM_BYTES) return Errno.Invalid;
      crypto.getRandomValues(memory().view(pointer, length));
      host.charge(length);
      return Errno.Success;
    },
    sched_yield: () => Errno.Success,
  };
  const imports: WebAssembly.ModuleImports = {};
  for (const name of WASI_NAMES) imports[name] = guarded(offered[name] ?? ((): number => Errno.Unsupported), host);
  imports["clock_time_get"] = (clock: number, _precision: bigint, result: number): number =>
    guarded(() => {
      memory().u64(result, nanoseconds(clock));
      return Errno.Success;
    }, host)();
  imports["proc_exit"] = new jspi.Suspending((code = 0): Promise<never> => {
    host.exit(code);
    return host.leave();
  });
  return imports;
}

function guarded(fn: WasiFunction, host: WasiHost): WasiFunction {
  return (...parameters) => {
    host.charge(CALL_FUEL);
    try {
      return fn(...parameters);
    } catch (error) {
      if (error instanceof GuestFault) return Errno.Fault;
      throw error;
    }
  };
}

function writeSizes(
  memory: GuestMemory,
  at: { readonly count: number; readonly size: number },
  entries: readonly Uint8Array[],
): number {
  memory.u32(at.count, entries.length);
  memory.u32(
    at.size,
    entries.reduce((sum, entry) => sum + entry.length, 0),
  );
  return Errno.Success;
}

/** Wall clock in milliseconds, like a browser's: a finer one helps only those who measure others. */
function nanoseconds(clock: number): bigint {
  return BigInt(Math.floor(clock === 0 ? Date.now() : performance.now())) * 1_000_000n;
}
