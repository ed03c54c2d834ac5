import { AsyncLocalStorage } from "node:async_hooks";
import type { JsonValue, RunUsage } from "@berth/protocol";
import type { StepContext } from "../../context.ts";

/** Of what one step gives, as JSON; the platform refuses more. */
const MAX_RESULT_BYTES = 256 * 1024;
const MAX_ERROR = 2_000;

/** The step whose function runs: what is shown and used in it is the step's. */
export interface StepScope {
  readonly key: string;
  usage: RunUsage | undefined;
}

export const currentStep: AsyncLocalStorage<StepScope> = new AsyncLocalStorage();

/** One try of a step's function. @throws what it throws, Error when it took too long */
export async function attempt<T>(
  fn: (step: StepContext) => T | Promise<T>,
  {
    timeoutSeconds,
    signal,
    key,
    number,
  }: {
    readonly timeoutSeconds: number | undefined;
    readonly signal: AbortSignal;
    readonly key: string;
    readonly number: number;
  },
): Promise<T> {
  const timeout = timeoutSeconds === undefined ? undefined : AbortSignal.timeout(timeoutSeconds * 1_000);
  const ended = timeout === undefined ? signal : AbortSignal.any([signal, timeout]);
  ended.throwIfAborted();
  const { promise: stopped, reject } = Promise.withResolvers<never>();
  const onEnd = (): void => {
    reject(timeout?.aborted === true ? new Error(`It took longer than ${timeoutSeconds} s.`) : signal.reason);
  };
  ended.addEventListener("abort", onEnd, { once: true });
  try {
    const running = (async () => await fn({ signal: ended, attempt: number, key }))();
    return await Promise.race([running, stopped]);
  } finally {
    ended.removeEventListener("abort", onEnd);
  }
}

/** Why something failed, as far as it is kept. */
export function saidBy(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, MAX_ERROR);
}

/** What is kept of a result: its JSON, so that it is the same whether the step has just run or is replayed. @throws Error */
export function toKept(result: unknown): JsonValue | undefined {
  if (result === undefined) return undefined;
  const text = JSON.stringify(result) as string | undefined;
  if (text === undefined) throw new Error("A step must return JSON, or nothing.");
  if (Buffer.byteLength(text) > MAX_RESULT_BYTES) {
    throw new Error(`A step may return ${MAX_RESULT_BYTES} bytes of JSON; put more into the workspace or an artifact.`);
  }
  // JSON.parse gives exactly JSON values.
  return JSON.parse(text) as JsonValue;
}
