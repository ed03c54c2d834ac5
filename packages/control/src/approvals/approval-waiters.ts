/** Those who wait until something is decided. */
export class ApprovalWaiters {
  readonly #watches = new Map<string, Set<() => void>>();

  /** From now on, so that what is decided between a look at the store and the wait is not missed. To be disposed of. */
  watch(approvalId: string): ApprovalWatch {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watches = this.#watches.get(approvalId) ?? new Set();
    this.#watches.set(approvalId, watches.add(resolve));
    return {
      told: async (ms, signal) => {
        if (signal.aborted || ms <= 0) return;
        const stop = (): void => resolve();
        const timer = setTimeout(stop, ms);
        signal.addEventListener("abort", stop, { once: true });
        await promise;
        clearTimeout(timer);
        signal.removeEventListener("abort", stop);
      },
      [Symbol.dispose]: () => {
        watches.delete(resolve);
        if (watches.size === 0) this.#watches.delete(approvalId);
      },
    };
  }

  tell(approvalId: string): void {
    for (const resolve of this.#watches.get(approvalId) ?? []) resolve();
  }
}

export interface ApprovalWatch extends Disposable {
  /** Resolves when it was told of since the watch began, after `ms`, or on abort. */
  told(ms: number, signal: AbortSignal): Promise<void>;
}
