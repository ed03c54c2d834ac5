import type { BudgetStore, Spending, SpendingKey } from "@berth/store";

export type Log = (line: string) => void;

/** What was spent and not written yet is lost with the process: so much at most. */
const FLUSH_MS = 1_000;
/** How old a sum may be that other nodes add to as well. */
const FRESH_MS = 2_000;
const MAX_KNOWN = 50_000;
const BATCH = 1_000;
const MAX_READS = 5;

interface Line {
  readonly key: SpendingKey;
  sum: Spending;
}

/** Sums of spending: in memory at once, in the database in batches. */
export class SpendingBook {
  readonly #budgets: BudgetStore;
  readonly #now: () => Date;
  readonly #log: Log;
  /** What the database said. */
  readonly #stored = new Map<string, { readonly sum: Spending; readonly readAt: number }>();
  #pending = new Map<string, Line>();
  #writing = new Map<string, Line>();
  #flushing: Promise<void> = Promise.resolve();
  #flushes = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor({ budgets, now, log }: { readonly budgets: BudgetStore; readonly now: () => Date; readonly log?: Log }) {
    this.#budgets = budgets;
    this.#now = now;
    this.#log = log ?? ((): void => undefined);
  }

  add(keys: readonly SpendingKey[], { calls = 0, tokens = 0, costMicros = 0 }: Partial<Spending>): void {
    for (const key of keys) {
      const text = textOf(key);
      const line = this.#pending.get(text) ?? { key, sum: NOTHING };
      line.sum = plus(line.sum, { calls, tokens, costMicros });
      this.#pending.set(text, line);
    }
    this.#timer ??= setTimeout(() => void this.flush(), FLUSH_MS).unref();
  }

  /** Also what is not written yet. */
  async spent(key: SpendingKey): Promise<Spending> {
    const text = textOf(key);
    const at = this.#now().getTime();
    const known = this.#stored.get(text);
    // While a write is under way, what the database says may or may not hold it.
    const fresh = known !== undefined && (at - known.readAt < FRESH_MS || this.#writing.has(text));
    if (!fresh) await this.#read(text, key);
    const stored = this.#stored.get(text)?.sum ?? NOTHING;
    return plus(plus(stored, this.#writing.get(text)?.sum ?? NOTHING), this.#pending.get(text)?.sum ?? NOTHING);
  }

  /** Writes what waits. What cannot be written waits on. */
  async flush(): Promise<void> {
    this.#flushing = this.#flushing.then(async () => await this.#write());
    await this.#flushing;
  }

  async close(): Promise<void> {
    await this.flush();
    clearTimeout(this.#timer);
  }

  /** A sum that was read while a write began may or may not hold what was written: it is read again. */
  async #read(text: string, key: SpendingKey): Promise<void> {
    for (let attempt = 0; attempt < MAX_READS; attempt++) {
      await this.#flushing;
      const before = this.#flushes;
      const sum = await this.#budgets.find(key);
      if (before !== this.#flushes) continue;
      this.#remember(text, sum);
      return;
    }
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pending.size === 0) return;
    this.#flushes += 1;
    this.#writing = this.#pending;
    this.#pending = new Map();
    const lines = [...this.#writing];
    for (let start = 0; start < lines.length; start += BATCH) {
      const batch = lines.slice(start, start + BATCH);
      try {
        const sums = await this.#budgets.add(batch.map(([, { key, sum }]) => ({ ...key, ...sum })));
        for (const [index, [text]] of batch.entries()) {
          this.#writing.delete(text);
          this.#remember(text, sums[index] ?? NOTHING);
        }
      } catch (error) {
        this.#log(`budgets were not written and wait: ${error instanceof Error ? error.message : String(error)}`);
        for (const [text, { key, sum }] of batch) {
          this.#writing.delete(text);
          this.add([key], sum);
        }
      }
    }
  }

  #remember(text: string, sum: Spending): void {
    this.#stored.delete(text);
    this.#stored.set(text, { sum, readAt: this.#now().getTime() });
    const oldest = this.#stored.keys().next();
    if (this.#stored.size > MAX_KNOWN && oldest.done !== true) this.#stored.delete(oldest.value);
  }
}

const NOTHING: Spending = { calls: 0, tokens: 0, costMicros: 0 };

function plus(a: Spending, b: Spending): Spending {
  return { calls: a.calls + b.calls, tokens: a.tokens + b.tokens, costMicros: a.costMicros + b.costMicros };
}

function textOf({ orgId, month, subject, id }: SpendingKey): string {
  return `${subject} ${month} ${orgId} ${id}`;
}
