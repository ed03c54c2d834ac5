import { setTimeout as delay } from "node:timers/promises";
import { isStatus } from "./engine-client.ts";
import type { EngineClient } from "./engine-client.ts";

const REMOVE_TIMEOUT_MS = 20_000;
const GONE = 404;
const IN_PROGRESS = 409;

/** Ends and removes it, running or paused or not there. Resolves when the engine has nothing of it. */
export async function removeContainer(engine: EngineClient, name: string): Promise<void> {
  const deadline = Date.now() + REMOVE_TIMEOUT_MS;
  for (;;) {
    try {
      await engine.call("DELETE", `/containers/${name}?force=true&v=true`);
    } catch (error) {
      if (isStatus(error, GONE)) return;
      // Somebody removes it already, or an engine does not end what is paused.
      if (Date.now() > deadline) throw error;
      if (!isStatus(error, IN_PROGRESS)) await engine.call("POST", `/containers/${name}/unpause`).catch(() => {});
      await delay(50);
    }
  }
}
