const FIRST_MS = 1_000;
const MOST_MS = 10 * 60_000;

/** After so many attempts a delivery is dead: some 20 minutes, 100 at most when the receiver asks for patience. */
export const MAX_ATTEMPTS = 10;

/**
 * How long to wait after the attempt of this number (1 is the first): 1 s, doubled each time, up to 10 minutes. `random`
 * (0 to 1) spreads receivers that failed together. What the receiver asked for is honoured within the same bound.
 */
export function retryDelayMs(attempt: number, random: number, retryAfterMs = 0): number {
  const least = Math.min(FIRST_MS * 2 ** (attempt - 1), MOST_MS / 2);
  return Math.max(least + Math.round(random * least), Math.min(retryAfterMs, MOST_MS));
}

/** `Retry-After` in seconds or as a date (RFC 9110 §10.2.3); 0 for anything else. */
export function parseRetryAfter(value: string | undefined, now: Date): number {
  if (value === undefined) return 0;
  if (/^\d{1,9}$/.test(value)) return Number(value) * 1_000;
  const at = Date.parse(value);
  return Number.isNaN(at) ? 0 : Math.max(0, at - now.getTime());
}
