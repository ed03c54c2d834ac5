import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";

const READY_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 15_000;

export interface Child<Ready> {
  readonly ready: Ready;
  stop(): Promise<void>;
}

/** Starts Node on a script that prints one line of JSON when it is ready and then keeps running. */
export async function startChild<Ready>(
  args: readonly string[],
  env: { readonly [name: string]: string } = {},
): Promise<Child<Ready>> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout });
  try {
    const signal = AbortSignal.timeout(READY_TIMEOUT_MS);
    const [line] = await Promise.race([
      once(lines, "line", { signal }),
      once(child, "exit", { signal }).then(([code]) => {
        throw new Error(`node ${args.join(" ")} ended with ${String(code)} before it was ready`);
      }),
    ]);
    lines.resume();
    // The child is one of ours: it prints what its command is documented to print.
    return { ready: JSON.parse(String(line)) as Ready, stop: async () => await stop(child) };
  } catch (error) {
    await stop(child);
    throw error;
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(timer);
}
