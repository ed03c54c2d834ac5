import { SCOPE_REQUEST_METADATA, TaskState } from "@berth/protocol";
import type { JsonObject, StreamResponse } from "@berth/protocol";
import { expect, test } from "vitest";
import { describeFrame } from "./describe-frame.ts";

function status(state: TaskState, text: string, metadata?: JsonObject): StreamResponse {
  const message = {
    messageId: "m",
    role: "ROLE_AGENT" as const,
    parts: [{ text }],
    ...(metadata === undefined ? {} : { metadata }),
  };
  return { statusUpdate: { taskId: "t", contextId: "c", status: { state, message } } };
}

test("a person who waits hears what the agent does, and that somebody has to approve something", () => {
  expect(describeFrame(status(TaskState.Working, "Adding up."))).toBe("Adding up.");
  const asking = status(TaskState.AuthRequired, "to read it", { [SCOPE_REQUEST_METADATA]: { approvalId: "apr_1" } });
  expect(describeFrame(asking)).toBe("waits for an approval: to read it");
});

test("what whoever asked shows by itself is no progress", () => {
  expect(describeFrame(status(TaskState.AuthRequired, "sign in at…"))).toBeUndefined();
  expect(describeFrame(status(TaskState.InputRequired, "Which one?"))).toBeUndefined();
  expect(describeFrame(status(TaskState.Completed, "done"))).toBeUndefined();
});
