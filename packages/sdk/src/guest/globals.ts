import { fetch } from "./fetch.ts";
import { askHost } from "./host.ts";
import { TextDecoder, TextEncoder } from "./text-coding.ts";
import { clearTimeout, setTimeout } from "./timers.ts";

/** A run's signal never aborts: a canceled run is not resumed. It is there for what takes one. */
class NeverSignal {
  readonly aborted = false;
  readonly reason: unknown = undefined;
  throwIfAborted(): void {}
  addEventListener(): void {}
  removeEventListener(): void {}
  static any(): NeverSignal {
    return new NeverSignal();
  }
}

/** Gives the engine what programs for the web take for granted, as far as there is something behind it. */
export function installGlobals(): void {
  const line =
    (level: string) =>
    (...values: readonly unknown[]): void => {
      askHost("log", { level, message: values.map(toText).join(" ") });
    };
  const console = {
    log: line("info"),
    info: line("info"),
    debug: line("debug"),
    warn: line("warn"),
    error: line("error"),
  };
  Object.assign(globalThis, {
    console,
    setTimeout,
    clearTimeout,
    fetch,
    TextEncoder,
    TextDecoder,
    AbortSignal: NeverSignal,
  });
}

export function neverSignal(): AbortSignal {
  // All that code uses of a signal that does not abort.
  return new NeverSignal() as unknown as AbortSignal;
}

function toText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Error) return value.stack ?? value.message;
  return JSON.stringify(value) ?? String(value);
}
