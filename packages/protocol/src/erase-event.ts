import { Role } from "./a2a.ts";
import type { TaskEventBody } from "./task-event.ts";

/** Whether nothing is left to erase. */
export function isErased(body: TaskEventBody): boolean {
  return "erased" in body;
}

/**
 * An event without what callers, agents and others said in it. Who called whom, when, and how it went stays, so that the
 * log still folds to a task; the signed receipt says as much. `leaf`: of one that a receipt counts.
 */
export function eraseEvent(body: TaskEventBody, leaf: string | undefined): TaskEventBody {
  if (isErased(body)) return body;
  const mark = { erased: true, ...(leaf === undefined ? {} : { leaf }) } as const;
  switch (body.kind) {
    case "accepted": {
      // A caller may say anything in a tracestate.
      const { message: _message, metadata: _metadata, trace: _trace, ...rest } = body;
      return { ...rest, message: { messageId: "", role: Role.User, parts: [] }, ...mark };
    }
    case "status": {
      const { state, timestamp } = body.status;
      const { reason } = body;
      const status = { state, ...(timestamp === undefined ? {} : { timestamp }) };
      return { kind: "status", status, ...(reason === undefined ? {} : { reason }), ...mark };
    }
    default:
      return { kind: "erased", was: body.kind, ...mark };
  }
}
