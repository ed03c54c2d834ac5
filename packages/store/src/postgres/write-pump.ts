import { PlatformError, isPlatformError } from "@berth/protocol";
import type { TaskBook, TaskChange } from "../task-book.ts";
import { storeClosed } from "../store-closed.ts";
import type { TaskWrite } from "../task-write.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

/** Writes of one transaction. More does not help: 256 already share one flush to disk. */
const MAX_BATCH = 256;
/** Characters of one transaction, so that a batch of megabyte events stays a few statements of sane size. */
const MAX_BATCH_SIZE = 8 * 1024 * 1024;
const MAX_WAITING = 10_000;
const MAX_WAITING_SIZE = 256 * 1024 * 1024;
const MAX_ATTEMPTS = 3;

/** One write of a batch and how it is decided on the rows that the batch has read. */
export interface BatchItem<W = TaskWrite, B = TaskBook, C = TaskChange> {
  readonly write: W;
  /** Never throws: a refusal is the outcome of this write alone. */
  decide(book: B): C | undefined;
}

/** The two ways to commit a batch. Each is one transaction, or throws and has committed nothing. */
export interface CommitBatch<W = TaskWrite, B = TaskBook, C = TaskChange> {
  /** Commits the writes that meet no obstacle, and says which. It may leave any of them. */
  quickly?(items: readonly BatchItem<W, B, C>[]): Promise<ReadonlySet<BatchItem<W, B, C>>>;
  /** Commits all, each decided on what the database holds. */
  thoroughly(items: readonly BatchItem<W, B, C>[]): Promise<void>;
}

interface Waiting<W, B, C> extends BatchItem<W, B, C> {
  /** The batch is durable: tells the caller what was decided. */
  settle(): void;
  fail(error: unknown): void;
}

/**
 * Group commit. Callers queue their writes; one loop takes everything that waits and commits it as one transaction, so
 * that many callers share one flush to disk and a lone caller waits for nobody. A batch that the database refuses is
 * tried again write by write: only the culprit fails.
 */
export class WritePump<W extends { readonly bytes: number } = TaskWrite, B = TaskBook, C = TaskChange> {
  readonly #commit: CommitBatch<W, B, C>;
  #waiting: Waiting<W, B, C>[] = [];
  #waitingSize = 0;
  #running: Promise<void> | undefined;
  #closed = false;

  constructor(commit: CommitBatch<W, B, C>) {
    this.#commit = commit;
  }

  /** Resolves when the write is durable. @throws PlatformError what `decide` throws, or STORE_UNAVAILABLE */
  async submit<V extends W, T>(
    write: V,
    decide: (book: B, write: V) => { readonly outcome: T; readonly change?: C },
  ): Promise<T> {
    if (this.#closed) throw storeClosed();
    if (this.#waiting.length >= MAX_WAITING || this.#waitingSize + write.bytes > MAX_WAITING_SIZE) throw overloaded();
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    let tell = (): void => undefined;
    this.#waiting.push({
      write,
      decide: (book) => {
        try {
          const { outcome, change } = decide(book, write);
          tell = () => resolve(outcome);
          return change;
        } catch (error) {
          tell = () => reject(error);
          return undefined;
        }
      },
      settle: () => tell(),
      fail: reject,
    });
    this.#waitingSize += write.bytes;
    this.#running ??= this.#run();
    return await promise;
  }

  /** Waits for the writes that were accepted. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    do {
      // One turn of the event loop, not a delay: callers answered a moment ago come back with their next writes first.
      await nextTurn();
      await this.#commitOrFail(await this.#withoutQuick(this.#take()));
    } while (this.#waiting.length > 0);
    this.#running = undefined;
  }

  #take(): Waiting<W, B, C>[] {
    let size = 0;
    let count = 0;
    for (const { write } of this.#waiting) {
      size += write.bytes;
      if (count === MAX_BATCH || (count > 0 && size > MAX_BATCH_SIZE)) break;
      count++;
    }
    const batch = this.#waiting.splice(0, count);
    for (const { write } of batch) this.#waitingSize -= write.bytes;
    return batch;
  }

  /** The batch without the writes that could be committed at once. An error here is no answer: `thoroughly` finds it again. */
  async #withoutQuick(batch: readonly Waiting<W, B, C>[]): Promise<readonly Waiting<W, B, C>[]> {
    if (this.#commit.quickly === undefined) return batch;
    let done: ReadonlySet<BatchItem<W, B, C>>;
    try {
      done = await this.#commit.quickly(batch);
    } catch (error) {
      // A lost connection may have committed: what is written must not be decided on again.
      if (!isUnavailable(error)) return batch;
      for (const waiting of batch) waiting.fail(error);
      return [];
    }
    for (const waiting of batch) if (done.has(waiting)) waiting.settle();
    return batch.filter((waiting) => !done.has(waiting));
  }

  async #commitOrFail(batch: readonly Waiting<W, B, C>[]): Promise<void> {
    if (batch.length === 0) return;
    try {
      await this.#commitWithRetry(batch);
      for (const waiting of batch) waiting.settle();
    } catch (error) {
      if (batch.length === 1 || isUnavailable(error)) {
        for (const waiting of batch) waiting.fail(error);
        return;
      }
      for (const waiting of batch) await this.#commitOrFail([waiting]);
    }
  }

  /** Another node may have inserted the same key, or locked in between: decided again, on what it left. */
  async #commitWithRetry(batch: readonly Waiting<W, B, C>[]): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#commit.thoroughly(batch);
      } catch (error) {
        if (attempt === MAX_ATTEMPTS || !isRace(error)) throw error;
      }
    }
  }
}

function isRace(error: unknown): boolean {
  const state = sqlStateOf(error);
  return (
    state === SqlState.UniqueViolation || state === SqlState.SerializationFailure || state === SqlState.DeadlockDetected
  );
}

function isUnavailable(error: unknown): boolean {
  return isPlatformError(error) && error.reason === "STORE_UNAVAILABLE";
}

function overloaded(): PlatformError {
  return new PlatformError("STORE_UNAVAILABLE", "Too many writes are waiting for the database.", {
    hint: "Try again in a moment.",
  });
}

async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
