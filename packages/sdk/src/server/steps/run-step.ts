import { setTimeout as pause } from "node:timers/promises";
import type { JsonValue, RunUsage } from "@berth/protocol";
import type { StepContext, StepOptions } from "../../context.ts";
import { attempt, currentStep, saidBy, toKept } from "./attempt.ts";
import { retryIn } from "./retry-in.ts";
import type { KeptStep, StepWrite } from "./journal.ts";

export interface StepRun<T> {
  readonly key: string;
  readonly position?: number;
  /** What earlier executions tried. */
  readonly known: KeptStep | undefined;
  readonly fn: (step: StepContext) => T | Promise<T>;
  readonly options: StepOptions<T>;
  readonly signal: AbortSignal;
  /** Longer waits are left to others. */
  readonly maxPauseMs: number;
  readonly write: (step: StepWrite) => Promise<unknown>;
  /** Before each try. */
  readonly onTry: () => void;
}

export type StepEnd =
  | { readonly kept: JsonValue | undefined }
  | { readonly error: unknown; readonly said: string }
  /** It is tried again by another execution. */
  | { readonly waits: true };

/** Tries a step until it is done, or has failed often enough; each try and its end stand in the journal. */
export async function runStep<T>(run: StepRun<T>): Promise<StepEnd> {
  const { key, position, known, options, signal, maxPauseMs, write } = run;
  const before = known?.failures ?? 0;
  for (let failures = before; ;) {
    const number = (known?.attempts ?? 0) + failures - before + 1;
    const place = { key, ...(position === undefined ? {} : { position }), op: "step", attempt: number } as const;
    await write({ ...place, phase: "started" });
    const tried = await tryOnce(run, number);
    if (!("error" in tried)) {
      const { kept, usage } = tried;
      await write({
        ...place,
        phase: "done",
        ...(kept === undefined ? {} : { result: kept }),
        ...(usage === undefined ? {} : { usage }),
        ...(options.compensate === undefined ? {} : { compensable: true }),
      });
      return { kept };
    }
    failures += 1;
    const said = saidBy(tried.error);
    const inSeconds = retryIn(options, failures);
    const next = inSeconds === undefined ? ({ final: true } as const) : { inSeconds };
    await write({ ...place, phase: "failed", error: said, ...next });
    if (inSeconds === undefined) return { error: tried.error, said };
    if (inSeconds * 1_000 > maxPauseMs) return { waits: true };
    await pause(inSeconds * 1_000, undefined, { signal });
  }
}

/** @throws TaskCanceledError when the run was ended meanwhile */
async function tryOnce<T>(
  { key, fn, options, signal, onTry }: StepRun<T>,
  number: number,
): Promise<
  { readonly kept: JsonValue | undefined; readonly usage: RunUsage | undefined } | { readonly error: unknown }
> {
  const scope = { key, usage: undefined as RunUsage | undefined };
  const { timeoutSeconds } = options;
  onTry();
  try {
    const tried = async (): Promise<T> => await attempt(fn, { timeoutSeconds, signal, key, number });
    return { kept: toKept(await currentStep.run(scope, tried)), usage: scope.usage };
  } catch (error) {
    signal.throwIfAborted();
    return { error };
  }
}
