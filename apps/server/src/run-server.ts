import { isPlatformError } from "@berth/protocol";
import { fileURLToPath } from "node:url";
import { readServerConfig } from "./config.ts";
import { findExamples, firstLook } from "./first-look.ts";
import { greeting, firstLookText } from "./greeting.ts";
import { startPlatform } from "./start-platform.ts";
import type { Platform } from "./start-platform.ts";

export interface RunServerOptions {
  /** One JSON line on stdout when ready, nothing else there. */
  readonly json: boolean;
  /** Deploy the examples and call one (`npm start`). */
  readonly firstLook: boolean;
}

/** Starts, tells, waits for SIGINT or SIGTERM, drains. Resolves with the exit code. */
export async function runServer(options: RunServerOptions): Promise<number> {
  const log = (line: string): void => void process.stderr.write(`${line}\n`);
  const stop = stopSignal();
  let platform: Platform | undefined;
  try {
    platform = await startPlatform(readServerConfig(process.env, process.cwd()), log);
    const { url, token, home } = platform;
    if (options.json) process.stdout.write(`${JSON.stringify({ url, token, home, pid: process.pid })}\n`);
    else process.stdout.write(greeting(platform, await platform.createSignIn()));
    if (options.firstLook && !stop.signal.aborted) await lookAround(platform);
    await stop.wait();
    log("stopping: running calls have 10 s to finish; Ctrl-C again ends them now");
    await platform.stop();
    return 0;
  } catch (error) {
    tell(error, log);
    await platform?.stop().catch((cause: unknown) => log(`while stopping: ${String(cause)}`));
    return 1;
  } finally {
    stop.dispose();
  }
}

async function lookAround(platform: Platform): Promise<void> {
  const examples = await findExamples(fileURLToPath(new URL("../../../", import.meta.url)));
  if (examples === undefined) return;
  const look = await firstLook(platform, examples, (line) => process.stderr.write(`${line}\n`));
  process.stdout.write(firstLookText(platform, look));
}

/** One clear line for what a person can mend, a stack for what is our bug. */
function tell(error: unknown, log: (line: string) => void): void {
  if (isPlatformError(error)) log(`error: ${error.message}${error.hint === undefined ? "" : ` ${error.hint}`}`);
  else log(`error: this is a bug in Berth: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
}

/** The first signal asks to stop, the second ends the process at once. */
function stopSignal(): { readonly signal: AbortSignal; wait(): Promise<void>; dispose(): void } {
  const controller = new AbortController();
  const onSignal = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    async wait(): Promise<void> {
      if (controller.signal.aborted) return;
      await new Promise<void>((resolve) =>
        controller.signal.addEventListener("abort", () => resolve(), { once: true }),
      );
    },
    dispose(): void {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
