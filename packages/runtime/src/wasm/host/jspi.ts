interface StackSwitching {
  /** An import whose promise the module waits for without knowing. */
  readonly Suspending: new (fn: (...parameters: number[]) => Promise<unknown>) => WebAssembly.ImportValue;
  /** An export that may be suspended meanwhile. */
  readonly promising: (fn: (...parameters: number[]) => unknown) => (...parameters: number[]) => Promise<unknown>;
}

/** JavaScript Promise Integration: in Node since 24, not yet in TypeScript's library. */
export const jspi: StackSwitching = WebAssembly as unknown as StackSwitching;
