import type { ReplayGuard } from "./verify-token.ts";

/** Enough for 300 one-time tokens of five minutes in each second. */
const MAX_REMEMBERED = 100_000;

/** In this process's memory. When it is full of tokens that still hold, new ones are refused rather than old ones forgotten. */
export function createReplayGuard(now: () => Date): ReplayGuard {
  const used = new Map<string, number>();
  const dropExpired = (at: number): void => {
    for (const [key, expiresAt] of used) if (expiresAt <= at) used.delete(key);
  };
  return {
    useOnce(key, expiresAtSeconds) {
      const at = now().getTime() / 1_000;
      if (used.size >= MAX_REMEMBERED) dropExpired(at);
      const known = used.get(key);
      if ((known !== undefined && known > at) || used.size >= MAX_REMEMBERED) return false;
      used.set(key, expiresAtSeconds);
      return true;
    },
  };
}
