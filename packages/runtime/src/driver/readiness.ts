import { request } from "node:http";
import { setTimeout as delay } from "node:timers/promises";

/** An agent may accept before it can answer: ask again rather than wait for one request. */
const ATTEMPT_TIMEOUT_MS = 5_000;
const MAX_PAUSE_MS = 25;
/** Most agents are there by then: for so long a pause is paid by the caller, later it is not what he waits for. */
const QUICK_MS = 300;
const QUICK_PAUSE_MS = 2;

/**
 * Resolves when the agent answered one HTTP request, with any status. `findSocket` gives the socket once it is there and
 * is safe to connect to. Rejects only with the signal's reason.
 */
export async function waitUntilAnswers(
  findSocket: () => Promise<string | undefined>,
  signal: AbortSignal,
  /** Something accepted a connection; an answer may still be far. */
  onConnect: () => void = () => {},
): Promise<void> {
  const quickUntil = performance.now() + QUICK_MS;
  for (let pause = QUICK_PAUSE_MS; ; pause = Math.min(pause + 1, MAX_PAUSE_MS)) {
    if (performance.now() < quickUntil) pause = QUICK_PAUSE_MS;
    signal.throwIfAborted();
    const socketPath = await findSocket();
    if (socketPath !== undefined && (await answers(socketPath, signal, onConnect))) return;
    await delay(pause, undefined, { signal }).catch(() => {});
  }
}

function answers(socketPath: string, signal: AbortSignal, onConnect: () => void): Promise<boolean> {
  return new Promise((resolve) => {
    const attempt = request({
      socketPath,
      path: "/.well-known/agent-card.json",
      headers: { host: "localhost" },
      agent: false,
      signal: AbortSignal.any([signal, AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)]),
    });
    attempt.on("socket", (socket) => socket.once("connect", onConnect));
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
