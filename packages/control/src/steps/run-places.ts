import type { CallGate, CallLease } from "../limits/call-gate.ts";
import type { LiveTask } from "../tasks/live-task.ts";
import type { WaitingTurns } from "../tasks/turn-runner.ts";
import type { RunInput } from "./run-input.ts";

export type RunPlace = Pick<CallLease, "release">;

/** The places of executions that no call brings: what wakes a run is a moment, a child, an approval or a restart. */
export class RunPlaces {
  readonly #calls: Pick<CallGate, "resume"> | undefined;

  /** Undefined: nobody is limited. */
  constructor(calls: Pick<CallGate, "resume"> | undefined) {
    this.#calls = calls;
  }

  /** Waits for it. Undefined when the turn is to end without: it was aborted, or a turn that has a place waits behind it. */
  async take(
    task: LiveTask,
    { agent, start: { principal, ip, parent } }: RunInput,
    {
      signal,
      waiting,
      isForced,
    }: { readonly signal: AbortSignal; readonly waiting: WaitingTurns; readonly isForced: boolean },
  ): Promise<RunPlace | undefined> {
    if (this.#calls === undefined) return { release: () => undefined };
    const overtaken = new AbortController();
    const look = (): void => {
      if (waiting.isLeased) overtaken.abort();
    };
    waiting.onArrival = look;
    look();
    try {
      const maxCost = parent?.grant?.scope.maxCost;
      return await this.#calls.resume(
        { principal, agent, ...(ip === undefined ? {} : { ip }), ...(maxCost === undefined ? {} : { maxCost }) },
        {
          taskId: task.taskId,
          spent: task.spent,
          signal: AbortSignal.any([signal, overtaken.signal]),
          // Its caller has a place of its own and waits for it: two such pairs could wait for each other for ever.
          isForced: isForced || parent !== undefined,
        },
      );
    } finally {
      waiting.onArrival = undefined;
    }
  }
}
