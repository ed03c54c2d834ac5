import { PlatformError } from "@berth/protocol";
import type { ModelProvider } from "@berth/store";
import { ProviderFailure } from "./provider-failure.ts";

interface Queue {
  inside: number;
  readonly waiting: (() => void)[];
}

const MAX_WAITING = 256;
const MAX_WAIT_MS = 30_000;

/** How many calls of each provider are under way; the others wait their turn, not for long. */
export class ProviderSlots {
  readonly #queues = new Map<string, Queue>();

  /** Gives the function that leaves again. @throws ProviderFailure when it takes too long or too many wait */
  async enter({ orgId, name, concurrency }: ModelProvider, signal: AbortSignal): Promise<() => void> {
    const key = JSON.stringify([orgId, name]);
    const queue = this.#queues.get(key) ?? { inside: 0, waiting: [] };
    this.#queues.set(key, queue);
    if (queue.inside < concurrency) queue.inside += 1;
    else await wait(queue, name, signal);
    let left = false;
    return () => {
      if (left) return;
      left = true;
      // Whoever waited longest takes the place over.
      const next = queue.waiting.shift();
      if (next !== undefined) return next();
      queue.inside -= 1;
      if (queue.inside === 0) this.#queues.delete(key);
    };
  }
}

async function wait(queue: Queue, provider: string, signal: AbortSignal): Promise<void> {
  if (queue.waiting.length >= MAX_WAITING) throw busy(provider);
  await new Promise<void>((resolve, reject) => {
    const give = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      resolve();
    };
    const giveUp = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", giveUp);
      queue.waiting.splice(queue.waiting.indexOf(give), 1);
      reject(busy(provider));
    };
    const timer = setTimeout(giveUp, MAX_WAIT_MS);
    signal.addEventListener("abort", giveUp, { once: true });
    queue.waiting.push(give);
  });
}

function busy(provider: string): ProviderFailure {
  const error = new PlatformError("RATE_LIMITED", `Too many calls of the provider "${provider}" are under way.`, {
    retryable: true,
    metadata: { retryAfterSeconds: "1" },
  });
  return new ProviderFailure(error, { again: false, elsewhere: true });
}
