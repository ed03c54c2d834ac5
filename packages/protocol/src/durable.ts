import type { AgentCard, JsonObject, JsonValue } from "./a2a.ts";
import type { Reason } from "./errors.ts";
import type { RunUsage } from "./run-usage.ts";

/**
 * On a card: `params.skills`, the ids of skills whose runs are replayed from their journal. In the metadata of an agent's
 * updates: an `EmissionMark`. docs/reference/durable-tasks.md.
 */
export const DURABLE_EXTENSION = "https://berth.dev/extensions/durable/v1";

/** Which of its run's emissions an update is: a later execution of the run does not make it again. */
export interface EmissionMark {
  /** The step that made it; empty outside of steps. */
  readonly scope: string;
  /** From 1, within the scope; 0: the update shows nothing. */
  readonly n: number;
  /** The question that it puts. */
  readonly ask?: string;
  /** The execution ends here, and another one begins when one of these operations is over. */
  readonly waits?: readonly string[];
}

/** An entry of a durable run's journal. */
export interface StepEvent {
  readonly kind: "step";
  /** `<operation>#<occurrence>`, such as `step:charge#1`. */
  readonly key: string;
  readonly op: StepOp;
  readonly phase: StepPhase;
  /** Of the run, which wrote this. */
  readonly execution: number;
  /** The how-manieth operation of the run it is; absent for one that began while another was under way. */
  readonly position?: number;
  /** Of the step, from 1. */
  readonly attempt?: number;
  /** `done`: what it gave, absent when that was nothing. */
  readonly result?: JsonValue;
  readonly usage?: RunUsage;
  /** `failed`: why. */
  readonly error?: string;
  /** `failed`: it is not tried again. */
  readonly final?: true;
  /** A sleep's end, or when a step is tried again; RFC 3339. */
  readonly until?: string;
  readonly approvalId?: string;
  /** `done`: a cancel or a failure of the run undoes it. */
  readonly compensable?: true;
}

export const STEP_OPS = ["step", "sleep", "scope", "compensation"] as const;
export type StepOp = (typeof STEP_OPS)[number];
export const STEP_PHASES = ["started", "done", "failed"] as const;
export type StepPhase = (typeof STEP_PHASES)[number];

/** An execution of a durable run, or an attempt of a task that is sent again, began or ended without ending the run. */
export interface RunEvent {
  readonly kind: "run";
  readonly phase: "started" | "suspended" | "lost" | "canceling";
  /** From 1. */
  readonly execution: number;
  /** `suspended`: the operations that it waits for. */
  readonly waits?: readonly string[];
  /** `lost`: what became of it. `started`: what became of the attempt before. */
  readonly reason?: Reason;
  /** Nothing is replayed: what an earlier attempt did may be done again. */
  readonly atLeastOnce?: true;
  /** `lost`: when the next one begins. */
  readonly until?: string;
}

/** The mark in an update's metadata, and the metadata without it. What is no mark is none. */
export function takeMark(metadata: JsonObject | undefined): {
  readonly mark?: EmissionMark;
  readonly metadata?: JsonObject;
} {
  if (metadata?.[DURABLE_EXTENSION] === undefined) return metadata === undefined ? {} : { metadata };
  const { [DURABLE_EXTENSION]: said, ...rest } = metadata;
  const mark = toMark(said);
  return {
    ...(mark === undefined ? {} : { mark }),
    ...(Object.keys(rest).length === 0 ? {} : { metadata: rest }),
  };
}

function toMark(said: JsonValue | undefined): EmissionMark | undefined {
  if (typeof said !== "object" || said === null || Array.isArray(said)) return undefined;
  // A JSON value that is neither null nor a list is an object.
  const { scope, n, ask, waits } = said as JsonObject;
  if (typeof scope !== "string" || scope.length > MAX_STEP_KEY || typeof n !== "number" || !Number.isInteger(n)) {
    return undefined;
  }
  const keys = Array.isArray(waits) ? waits.filter((key) => typeof key === "string").slice(0, MAX_WAITS) : [];
  return {
    scope,
    n,
    ...(typeof ask === "string" && ask.length <= MAX_STEP_KEY ? { ask } : {}),
    ...(keys.length === 0 ? {} : { waits: keys }),
  };
}

export const MAX_STEP_KEY = 256;
const MAX_WAITS = 100;

/** Whether runs of this skill are replayed; without a name, of the only skill. */
export function isDurableSkill(card: Pick<AgentCard, "capabilities" | "skills">, skill: string | undefined): boolean {
  const declared = card.capabilities.extensions?.find(({ uri }) => uri === DURABLE_EXTENSION)?.params?.["skills"];
  if (!Array.isArray(declared)) return false;
  const [first, ...others] = card.skills;
  const named = skill ?? (others.length === 0 ? first?.id : undefined);
  return named !== undefined && declared.includes(named);
}
