import { setTimeout as pause } from "node:timers/promises";
import { findPostmaster } from "./postmaster.ts";

const POLL_MS = 20;

/**
 * First the orderly way, which leaves nothing to recover; then two that are safe and leave work for the next start.
 * SIGINT: fast shutdown. SIGQUIT: immediate shutdown.
 */
const STEPS = [
  { signal: "SIGINT", waitMs: 30_000 },
  { signal: "SIGQUIT", waitMs: 5000 },
  { signal: "SIGKILL", waitMs: 5000 },
] as const;

/** Returns the signal that did it. The server removes its pid file last, also where nobody reaps its process. */
export async function stopServer(data: string, pid: number): Promise<string> {
  for (const { signal, waitMs } of STEPS) {
    const deadline = Date.now() + waitMs;
    if ((await findPostmaster(data))?.pid !== pid) return signal;
    try {
      process.kill(pid, signal);
    } catch {
      return signal;
    }
    while (Date.now() < deadline) {
      if ((await findPostmaster(data))?.pid !== pid) return signal;
      await pause(POLL_MS);
    }
  }
  throw new Error(`process ${pid} survives SIGKILL`);
}
