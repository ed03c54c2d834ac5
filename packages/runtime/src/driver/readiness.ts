import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** An agent may accept before it can answer: ask again rather than wait for one request. */
const ATTEMPT_TIMEOUT_MS = 5_000;
const MAX_PAUSE_MS = 25;

/**
 * Resolves when the agent answered one HTTP request, with any status. `findSocket` gives the socket once it is there and
 * is safe to connect to. Rejects only with the signal's reason.
 */
export async function waitUntilAnswers(
  findSocket: () => Promise<string | undefined>,
  signal: AbortSignal,
): Promise<void> {
  for (let pause = 2; ; pause = Math.min(pause + 1, MAX_PAUSE_MS)) {
    signal.throwIfAborted();
    const socketPath = await findSocket();
    if (socketPath !== undefined && (await answers(socketPath, signal))) return;
    await delay(pause, undefined, { signal }).catch(() => {});
  }
}

function answers(socketPath: string, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = request({
      socketPath,
      path: "/.well-known/agent-card.json",
      headers: { host: "localhost" },
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
    });
    attempt.on("response", (response) => {
      // The connection ends here, with whatever of the body was on its way.
      response.on("error", () => {});
      response.destroy();
      resolve(true);
    });
    attempt.on("error", () => {
      resolve(false);
    });
    attempt.on("close", () => {
      resolve(false);
    });
    attempt.end();
  });
}
