import type { ReceiptRecord } from "@berth/store";

const MAX_WAITERS = 10_000;

export interface SealWaiter {
  /** Undefined after the timeout, at close, and at once when too many wait already: look once more then. */
  readonly sealed: Promise<ReceiptRecord | undefined>;
  /** Stops waiting; `sealed` resolves to undefined. Twice is harmless. */
  cancel(): void;
}

/** Callers that wait for the receipt of a task. */
export class SealWaiters {
  readonly #waiting: Map<string, Set<(receipt: ReceiptRecord | undefined) => void>> = new Map();
  #count = 0;

  wait(taskId: string, timeoutMs: number): SealWaiter {
    const { promise, resolve } = Promise.withResolvers<ReceiptRecord | undefined>();
    if (this.#count >= MAX_WAITERS || timeoutMs <= 0) {
      resolve(undefined);
      return { sealed: promise, cancel: () => undefined };
    }
    const waiting = this.#waiting.get(taskId) ?? new Set();
    this.#waiting.set(taskId, waiting);
    const settle = (receipt: ReceiptRecord | undefined): void => {
      if (!waiting.delete(settle)) return;
      clearTimeout(timer);
      this.#count--;
      if (waiting.size === 0) this.#waiting.delete(taskId);
      resolve(receipt);
    };
    const timer = setTimeout(settle, timeoutMs, undefined);
    waiting.add(settle);
    this.#count++;
    return { sealed: promise, cancel: () => settle(undefined) };
  }

  sealed(receipts: readonly ReceiptRecord[]): void {
    for (const receipt of receipts) for (const settle of this.#waiting.get(receipt.taskId) ?? []) settle(receipt);
  }

  close(): void {
    for (const waiting of this.#waiting.values()) for (const settle of waiting) settle(undefined);
  }
}
