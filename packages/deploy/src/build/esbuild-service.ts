import { context, stop } from "esbuild";
import type { BuildOptions, BuildResult, SameShape } from "esbuild";
import { PlatformError } from "@berth/protocol";

/**
 * One esbuild child serves all builds of this process. It is stopped when the last build ends, so that an idle
 * platform has no child of esbuild's and a program that built once can exit.
 */
let builds = 0;

const TIMEOUT_MS = 60_000;

/** @throws esbuild's BuildFailure, TIMED_OUT, CANCELED */
export async function runEsbuild<T extends BuildOptions>(
  options: SameShape<BuildOptions, T>,
  signal?: AbortSignal,
): Promise<BuildResult<T>> {
  builds += 1;
  try {
    const running = await context<T>(options);
    const timeout = AbortSignal.timeout(TIMEOUT_MS);
    const stopSignal = AbortSignal.any(signal === undefined ? [timeout] : [timeout, signal]);
    const cancel = (): void => void running.cancel();
    stopSignal.addEventListener("abort", cancel, { once: true });
    try {
      stopSignal.throwIfAborted();
      return await running.rebuild();
    } catch (error) {
      if (signal?.aborted === true) throw new PlatformError("CANCELED", "The build was canceled.", { cause: error });
      if (timeout.aborted) throw new PlatformError("TIMED_OUT", "Bundling took too long.", { cause: error });
      throw error;
    } finally {
      stopSignal.removeEventListener("abort", cancel);
      await running.dispose();
    }
  } finally {
    builds -= 1;
    if (builds === 0) await stop();
  }
}
