import { STEP_OPS, STEP_PHASES, invalidParams, readRunUsage } from "@berth/protocol";
import type { JsonObject, JsonValue, RunUsage } from "@berth/protocol";
import type { StepPlace, StepReport } from "../step-report.ts";

/** @throws INVALID_PARAMS */
export function toStepPlace(said: JsonValue | undefined): StepPlace {
  if (typeof said !== "object" || said === null || Array.isArray(said)) throw refused("step", "an object");
  // A JSON value that is neither null nor a list is an object.
  const { execution, key, position } = said as JsonObject;
  if (typeof key !== "string") throw refused("key", "a text");
  return {
    execution: counted("execution", execution),
    key,
    ...(position === undefined ? {} : { position: counted("position", position) }),
  };
}

/** @throws INVALID_PARAMS */
export function toStepReport(said: JsonObject): StepReport {
  const { op, phase, attempt, result, usage, error, final, inSeconds, until, compensable } = said;
  const named = STEP_OPS.find((each) => each === op);
  if (named === undefined || named === "scope") throw refused("op", "step, sleep or compensation");
  const phased = STEP_PHASES.find((each) => each === phase);
  if (phased === undefined) throw refused("phase", `one of ${STEP_PHASES.join(", ")}`);
  if (error !== undefined && typeof error !== "string") throw refused("error", "a text");
  if (inSeconds !== undefined && typeof inSeconds !== "number") throw refused("inSeconds", "a number");
  if (until !== undefined && typeof until !== "string") throw refused("until", "a moment");
  return {
    ...toStepPlace(said),
    op: named,
    phase: phased,
    ...(attempt === undefined ? {} : { attempt: counted("attempt", attempt) }),
    ...(result === undefined ? {} : { result }),
    ...(usage === undefined ? {} : { usage: toUsage(usage) }),
    ...(error === undefined ? {} : { error }),
    ...(final === true ? { final } : {}),
    ...(inSeconds === undefined ? {} : { inSeconds }),
    ...(until === undefined ? {} : { until }),
    ...(compensable === true ? { compensable } : {}),
  };
}

/** A whole number in a query. @throws INVALID_PARAMS */
export function countIn(query: URLSearchParams, name: string, otherwise?: number): number {
  const said = query.get(name);
  if (said === null && otherwise !== undefined) return otherwise;
  return counted(name, Number(said ?? Number.NaN));
}

function toUsage(said: JsonValue): RunUsage {
  const usage = readRunUsage(said);
  if (typeof usage === "string") throw refused("usage", usage);
  return usage;
}

function counted(field: string, value: JsonValue | undefined): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return value;
  throw refused(field, "a whole number");
}

function refused(field: string, wanted: string): Error {
  return invalidParams([{ field, description: `must be ${wanted}` }]);
}
