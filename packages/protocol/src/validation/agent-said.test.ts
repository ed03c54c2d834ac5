import { describe, expect, it } from "vitest";
import { parseSendMessageResponse, parseStreamResponse, parseTask } from "./index.ts";

const TASK = { id: "t", contextId: "c", status: { state: "TASK_STATE_WORKING" } };
const PART = { text: "hi" };

describe("parseTask", () => {
  it("keeps artifacts, history and metadata", () => {
    const task = {
      ...TASK,
      status: {
        state: "TASK_STATE_COMPLETED",
        message: { messageId: "m", role: "ROLE_AGENT", parts: [PART] },
        timestamp: "2026-01-01T00:00:00.000Z",
      },
      artifacts: [{ artifactId: "a", name: "n", description: "d", parts: [PART], metadata: {}, extensions: ["e"] }],
      history: [{ messageId: "m0", role: "ROLE_USER", parts: [PART] }],
      metadata: { k: 1 },
    };
    expect(parseTask({ ...task, kind: "task" })).toEqual(task);
  });

  it("takes a message without a role for the agent's", () => {
    const status = { state: "TASK_STATE_WORKING", message: { messageId: "m", parts: [PART] } };
    expect(parseTask({ ...TASK, status }).status.message?.role).toBe("ROLE_AGENT");
    const unspecified = { ...status, message: { ...status.message, role: "ROLE_UNSPECIFIED" } };
    expect(parseTask({ ...TASK, status: unspecified }).status.message?.role).toBe("ROLE_AGENT");
  });

  it.each([
    [{ ...TASK, status: undefined }, "status: is required"],
    [{ ...TASK, status: { state: "working" } }, "status.state: must be one of"],
    [{ ...TASK, status: { state: "TASK_STATE_UNSPECIFIED" } }, "status.state: must be one of"],
    [{ ...TASK, status: { state: 2 } }, "status.state: must be one of"],
    [{ ...TASK, artifacts: [{ artifactId: "a", parts: [] }] }, "artifacts[0].parts: must not be empty"],
    [{ ...TASK, artifacts: {} }, "artifacts: must be an array"],
    [{ ...TASK, history: [{ parts: [PART] }] }, "history[0].messageId: is required"],
  ])("refuses %j", (value, message) => {
    expect(() => parseTask(value)).toThrow(message);
  });
});

describe("parseStreamResponse", () => {
  const ids = { taskId: "t", contextId: "c" };

  it.each([
    [{ task: TASK }],
    [{ message: { messageId: "m", role: "ROLE_AGENT", parts: [PART] } }],
    [{ statusUpdate: { ...ids, status: TASK.status, metadata: { a: 1 } } }],
    [{ artifactUpdate: { ...ids, artifact: { artifactId: "a", parts: [PART] }, append: true, lastChunk: false } }],
  ])("keeps %j", (frame) => {
    expect(parseStreamResponse(frame)).toEqual(frame);
  });

  it("accepts the proto names of its members", () => {
    expect(parseStreamResponse({ status_update: { task_id: "t", context_id: "c", status: TASK.status } })).toEqual({
      statusUpdate: { ...ids, status: TASK.status },
    });
  });

  it("lets the chunk that closes an artifact be empty, and no other", () => {
    const closing = { ...ids, artifact: { artifactId: "a" }, append: true, lastChunk: true };
    expect(parseStreamResponse({ artifactUpdate: closing })).toEqual({
      artifactUpdate: { ...closing, artifact: { artifactId: "a", parts: [] } },
    });
    expect(() => parseStreamResponse({ artifactUpdate: { ...closing, append: false } })).toThrow(
      "artifactUpdate.artifact.parts: is required",
    );
  });

  it.each([[{}], [{ task: TASK, message: {} }], [{ unknown: {} }], [null]])("refuses %j", (frame) => {
    expect(() => parseStreamResponse(frame)).toThrow(/exactly one of task, message, statusUpdate|JSON object/);
  });
});

describe("parseSendMessageResponse", () => {
  it("is a task or a message", () => {
    expect(parseSendMessageResponse({ task: TASK })).toEqual({ task: TASK });
    expect(() => parseSendMessageResponse({ statusUpdate: {} })).toThrow("exactly one of task, message");
  });
});
