import { PlatformError } from "@berth/protocol";
import { ConnectionError } from "./connection-error.ts";
import type { CallOptions } from "./call-options.ts";

/** One signal out of the caller's and a timer, which remembers which of them fired. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** Starts the timer again: something arrived. */
  touch(): void;
  /** What to throw for an error that came out of fetch or a body reader. */
  explain(error: unknown, url: string): PlatformError;
  stop(): void;
}

export function startDeadline({ signal, timeoutMs }: CallOptions, defaultTimeoutMs: number): Deadline {
  const ms = timeoutMs ?? defaultTimeoutMs;
  const controller = new AbortController();
  let timedOut = false;
  const expire = (): void => {
    timedOut = true;
    controller.abort();
  };
  let timer = setTimeout(expire, ms);
  const onAbort = (): void => controller.abort();
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort, { once: true });
  return {
    signal: controller.signal,
    touch() {
      clearTimeout(timer);
      timer = setTimeout(expire, ms);
    },
    explain(error, url) {
      if (error instanceof PlatformError) return error;
      if (timedOut) {
        return new PlatformError("TIMED_OUT", `No answer from ${url} within ${ms} ms.`, {
          cause: error,
          retryable: true,
        });
      }
      if (signal?.aborted === true) return new PlatformError("CANCELED", "The call was canceled.", { cause: error });
      return new ConnectionError(url, error);
    },
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}
