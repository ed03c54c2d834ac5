import { describe, expect, it } from "vitest";
import { Role, TaskState } from "./a2a.ts";
import { eraseEvent, isErased } from "./erase-event.ts";
import type { TaskEvent, TaskEventBody } from "./task-event.ts";
import { foldTask, frameOf } from "./task-fold.ts";

const AT = "2026-11-29T10:00:00.000Z";
const SECRET = "CANARY";
const message = { messageId: SECRET, role: Role.Agent, parts: [{ text: SECRET }] };
const BODIES: readonly TaskEventBody[] = [
  {
    kind: "accepted",
    orgId: "org_1",
    agentId: "agt_1",
    agentName: "echo",
    releaseId: "rel_1",
    contextId: "ctx_1",
    protocol: "a2a",
    principal: { kind: "user", id: "usr_1" },
    message,
    metadata: { note: SECRET },
    trace: { traceparent: `00-${"1".repeat(32)}-${"2".repeat(16)}-01`, tracestate: SECRET },
  },
  { kind: "message", message },
  { kind: "status", status: { state: TaskState.Working, timestamp: AT, message }, metadata: { note: SECRET } },
  { kind: "artifact", artifact: { artifactId: SECRET, parts: [{ text: SECRET }] } },
  { kind: "note", name: SECRET, data: {} },
  { kind: "status", status: { state: TaskState.Completed, timestamp: AT, message } },
];
const toLog = (bodies: readonly TaskEventBody[]): readonly TaskEvent[] =>
  bodies.map((body, i) => ({ taskId: "task_1", seq: i + 1, at: AT, body }));

describe("erasing events", () => {
  const erased = BODIES.map((body) => eraseEvent(body, "leaf"));

  it("leaves nothing of what was said, and marks each of them", () => {
    expect(JSON.stringify(erased)).not.toContain(SECRET);
    expect(erased.map(isErased)).toEqual(BODIES.map(() => true));
    expect(BODIES.map(isErased)).toEqual(BODIES.map(() => false));
    expect(erased.map((body) => eraseEvent(body, "other"))).toEqual(erased);
  });

  it("leaves a log that still folds to the task and its states", () => {
    const { seq, task } = foldTask(toLog(erased));
    expect({ seq, task }).toEqual({
      seq: 6,
      task: {
        id: "task_1",
        contextId: "ctx_1",
        status: { state: TaskState.Completed, timestamp: AT },
        artifacts: [],
        history: [],
      },
    });
    expect(toLog(erased).map((event) => frameOf(event, "ctx_1") !== undefined)).toEqual([
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
  });
});
