/** So many at once, then one each interval (GCRA). */
export interface Rate {
  readonly burst: number;
  readonly intervalMs: number;
}

/** What a caller may still do. */
export interface RateReading {
  readonly allowed: boolean;
  readonly burst: number;
  /** How many more would be taken now. */
  readonly remaining: number;
  /** Until one more would be taken; 0: now. */
  readonly waitMs: number;
  /** In which `burst` are given. */
  readonly windowMs: number;
  /** Until all are there again. */
  readonly fullMs: number;
}

const MAX_KEYS = 20_000;

/** A minute's worth at once, then evenly. */
export function perMinute(count: number): Rate {
  return { burst: count, intervalMs: 60_000 / count };
}

/**
 * How often a key may do something. One number per key, in bounded memory: beyond `maxKeys` the key unused for the
 * longest time is forgotten, which gives it no more than it would have got by waiting, or one burst more under a flood
 * of strangers.
 */
export class RateGate {
  readonly #now: () => number;
  readonly #maxKeys: number;
  /** When a key would have all of its burst back. Oldest use first. */
  readonly #full = new Map<string, number>();

  constructor(now: () => number, maxKeys: number = MAX_KEYS) {
    this.#now = now;
    this.#maxKeys = maxKeys;
  }

  get size(): number {
    return this.#full.size;
  }

  /** Counts nothing. */
  look(key: string, { burst, intervalMs }: Rate): RateReading {
    const now = this.#now();
    const full = Math.max(this.#full.get(key) ?? 0, now);
    const waitMs = Math.max(0, full - now - (burst - 1) * intervalMs);
    const remaining = waitMs > 0 ? 0 : Math.floor((burst * intervalMs - (full - now)) / intervalMs + 1e-9);
    return { allowed: waitMs === 0, burst, remaining, waitMs, windowMs: burst * intervalMs, fullMs: full - now };
  }

  /** Counts one, allowed or not is for `look` to say. */
  take(key: string, { intervalMs }: Rate): void {
    const full = Math.max(this.#full.get(key) ?? 0, this.#now());
    this.#full.delete(key);
    this.#full.set(key, full + intervalMs);
    const oldest = this.#full.keys().next();
    if (this.#full.size > this.#maxKeys && oldest.done !== true) this.#full.delete(oldest.value);
  }

  forget(key: string): void {
    this.#full.delete(key);
  }
}

/** One thing that a request counts against. */
export interface Counted {
  readonly gate: RateGate;
  readonly key: string;
  readonly rate: Rate;
}

/** Counts against all or against none: a request that one of them refuses takes nothing from the others. */
export function takeAll<C extends Counted>(
  all: readonly C[],
): { readonly refused: C; readonly reading: RateReading } | undefined {
  let refused: { readonly refused: C; readonly reading: RateReading } | undefined;
  for (const counted of all) {
    const reading = counted.gate.look(counted.key, counted.rate);
    const longer = refused === undefined || reading.waitMs > refused.reading.waitMs;
    if (!reading.allowed && longer) refused = { refused: counted, reading };
  }
  if (refused === undefined) for (const { gate, key, rate } of all) gate.take(key, rate);
  return refused;
}
