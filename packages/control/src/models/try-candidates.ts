import type { Candidate } from "./model-book.ts";
import { ProviderFailure } from "./provider-failure.ts";

export interface Patience {
  /** From 0 to 1. */
  readonly random: () => number;
  /** Rejects when the signal aborts. */
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly signal: AbortSignal;
}

export interface Tried<T> {
  readonly value: T;
  readonly candidate: Candidate;
  /** Requests to providers, this one among them. */
  readonly attempts: number;
}

const MAX_TRIES = 3;
const FIRST_WAIT_MS = 500;
/** A provider that wants to be left alone for longer is not waited for. */
const LONGEST_WAIT_MS = 20_000;

/** Nobody could answer. */
export class NobodyAnswered extends Error {
  override readonly name: string = "NobodyAnswered";
  readonly last: ProviderFailure;
  readonly candidate: Candidate;
  readonly attempts: number;

  constructor(last: ProviderFailure, candidate: Candidate, attempts: number) {
    super(last.message, { cause: last });
    this.last = last;
    this.candidate = candidate;
    this.attempts = attempts;
  }
}

/** One after the other, each a few times where that may help. @throws NobodyAnswered */
export async function tryCandidates<T>(
  candidates: readonly Candidate[],
  attempt: (candidate: Candidate) => Promise<T>,
  { random, pause, signal }: Patience,
): Promise<Tried<T>> {
  let attempts = 0;
  for (const [index, candidate] of candidates.entries()) {
    const isLast = index === candidates.length - 1;
    for (let tried = 1; ; tried += 1) {
      attempts += 1;
      try {
        return { value: await attempt(candidate), candidate, attempts };
      } catch (error) {
        if (!(error instanceof ProviderFailure)) throw error;
        const ownWait = FIRST_WAIT_MS * 2 ** (tried - 1) * (0.5 + random() / 2);
        const waitMs = error.retryAfterMs ?? ownWait;
        const again = error.again && tried < MAX_TRIES && waitMs <= LONGEST_WAIT_MS && !signal.aborted;
        if (again) {
          await pause(waitMs, signal).catch(() => undefined);
          continue;
        }
        if (isLast || !error.elsewhere || signal.aborted) throw new NobodyAnswered(error, candidate, attempts);
        break;
      }
    }
  }
  throw new Error("a name stands for at least one model");
}
