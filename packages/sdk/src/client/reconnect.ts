import type { CallOptions } from "./call-options.ts";
import { PlatformError } from "@berth/protocol";

/** In a row, without a single event in between. */
const MAX_ATTEMPTS = 6;
const FIRST_PAUSE_MS = 100;
const MAX_PAUSE_MS = 5_000;

/** Counts failures in a row and says how long to wait; any event starts the count anew. */
export interface Reconnect {
  /** Something arrived. */
  succeeded(): void;
  /** Waits before the next attempt. @throws the error given when it was one too many, CANCELED when aborted. */
  pause(error: unknown): Promise<void>;
}

export function createReconnect({ signal }: CallOptions): Reconnect {
  let failures = 0;
  return {
    succeeded() {
      failures = 0;
    },
    async pause(error) {
      if (signal?.aborted === true || !isTransient(error) || ++failures >= MAX_ATTEMPTS) throw error;
      await sleep(Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)), signal);
    },
  };
}

function isTransient(error: unknown): boolean {
  return error instanceof PlatformError && error.retryable;
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(new PlatformError("CANCELED", "The call was canceled."));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
