import { Role, TaskState } from "../../a2a.ts";
import type { Parser } from "../../validation/place.ts";

const STATES: Record<TaskState, string> = {
  TASK_STATE_SUBMITTED: "submitted",
  TASK_STATE_WORKING: "working",
  TASK_STATE_INPUT_REQUIRED: "input-required",
  TASK_STATE_AUTH_REQUIRED: "auth-required",
  TASK_STATE_COMPLETED: "completed",
  TASK_STATE_FAILED: "failed",
  TASK_STATE_CANCELED: "canceled",
  TASK_STATE_REJECTED: "rejected",
};

const FROM_V03: ReadonlyMap<unknown, TaskState> = new Map<unknown, TaskState>([
  ...Object.values(TaskState).map((state): [unknown, TaskState] => [STATES[state], state]),
  // 1.0 has no such state; the reading that neither ends the task nor asks anyone for anything is WORKING.
  ["unknown", TaskState.Working],
]);

export function toV03State(state: TaskState): string {
  return STATES[state];
}

/** The 0.3 proto spells this one with two L (specification/grpc/a2a.proto at v0.3.0). */
export function toV03RestState(state: TaskState): string {
  return state === TaskState.Canceled ? "TASK_STATE_CANCELLED" : state;
}

export const v03State: Parser<TaskState> = (value, place) =>
  FROM_V03.get(value) ?? place.report(`must be one of ${[...FROM_V03.keys()].join(", ")}`);

export function toV03Role(role: Role): string {
  return role === Role.User ? "user" : "agent";
}

export const v03Role: Parser<Role> = (value, place) => {
  if (value === "user") return Role.User;
  return value === "agent" ? Role.Agent : place.report("must be user or agent");
};

/** REST clients print the proto; the 0.3 text (§3.2.3) asks for the same JSON as JSON-RPC. Both are about. */
export const v03RestRole: Parser<Role> = (value, place) =>
  value === Role.User || value === Role.Agent ? value : v03Role(value, place);
