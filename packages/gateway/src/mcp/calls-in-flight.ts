/**
 * Calls that `notifications/cancelled` may reach, by who calls and the id of the request. It arrives as a request of
 * its own, and in 2025 going away does not cancel. A call is here while its answer is open.
 */
export class CallsInFlight {
  readonly #calls = new Map<string, AbortController>();

  /** Dispose when the call is answered. The signal aborts when the caller cancels it. */
  begin(key: string): { readonly signal: AbortSignal } & Disposable {
    const controller = new AbortController();
    // An id that is used twice at once is the caller's mistake: the newer call has it.
    this.#calls.set(key, controller);
    return {
      signal: controller.signal,
      [Symbol.dispose]: () => {
        if (this.#calls.get(key) === controller) this.#calls.delete(key);
      },
    };
  }

  cancel(key: string): void {
    this.#calls.get(key)?.abort();
  }
}
