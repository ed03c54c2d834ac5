import type { JsonValue, RunUsage, StepOp, StepPhase } from "@berth/protocol";

/** Which operation of a durable run's execution something belongs to. */
export interface StepPlace {
  /** Of the run; what an earlier one writes is refused. */
  readonly execution: number;
  /** `<operation>#<occurrence>`. */
  readonly key: string;
  readonly position?: number;
}

/** What an execution writes to its run's journal. */
export interface StepReport extends StepPlace {
  readonly op: Exclude<StepOp, "scope">;
  readonly phase: StepPhase;
  readonly attempt?: number;
  readonly result?: JsonValue;
  readonly usage?: RunUsage;
  readonly error?: string;
  readonly final?: true;
  /** A sleep's end, or when a failed step is tried again: from now, or RFC 3339. */
  readonly inSeconds?: number;
  readonly until?: string;
  readonly compensable?: true;
}
