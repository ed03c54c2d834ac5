import { setTimeout as delay } from "node:timers/promises";
import { signal } from "./process-tree.ts";

/** SIGKILL until `find` finds nothing more; false when something is still there after the time. */
export async function killAll(
  find: () => readonly number[] | Promise<readonly number[]>,
  timeoutMs: number,
): Promise<boolean> {
  const deadline = Date.now() + timeoutMs;
  for (let pause = 2; ; pause = Math.min(pause * 2, 50)) {
    const found = await find();
    if (found.length === 0) return true;
    for (const pid of found) signal(pid, "SIGKILL");
    if (Date.now() > deadline) return false;
    await delay(pause);
  }
}
