/** Wakes whoever follows a deployment of this process when there is more to read of it. */
export class DeploymentSignals {
  readonly #waiting = new Map<string, Set<() => void>>();
  readonly #moves = new Map<string, number>();

  /** To be asked for before reading: what moves meanwhile is not missed. */
  moves(deploymentId: string): number {
    return this.#moves.get(deploymentId) ?? 0;
  }

  notify(deploymentId: string): void {
    this.#moves.set(deploymentId, this.moves(deploymentId) + 1);
    for (const wake of this.#waiting.get(deploymentId) ?? []) wake();
  }

  /** It is over: nobody notifies any more. */
  forget(deploymentId: string): void {
    this.#moves.delete(deploymentId);
    for (const wake of this.#waiting.get(deploymentId) ?? []) wake();
  }

  /** Until there is more than at `seen`, or the time is over: others than this process may work on it. */
  async next(
    deploymentId: string,
    {
      seen,
      timeoutMs,
      signal,
    }: { readonly seen: number; readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
  ): Promise<void> {
    if (signal?.aborted === true || this.moves(deploymentId) !== seen) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = (): void => resolve();
    const waiting = this.#waiting.get(deploymentId) ?? new Set();
    this.#waiting.set(deploymentId, waiting.add(wake));
    const timer = setTimeout(wake, timeoutMs);
    signal?.addEventListener("abort", wake, { once: true });
    await promise;
    clearTimeout(timer);
    signal?.removeEventListener("abort", wake);
    waiting.delete(wake);
    if (waiting.size === 0) this.#waiting.delete(deploymentId);
  }
}
