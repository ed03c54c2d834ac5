import { describe, expect, it } from "vitest";
import type { Message, StreamResponse, Task } from "@berth/protocol";
import { again, approvalOf, draftOf, messageOf, saidOf } from "./exchange.ts";
import { TurnFold, isAtRest } from "./turn.ts";

const user = (text: string): Message => ({ messageId: `u-${text}`, role: "ROLE_USER", parts: [{ text }] });
const agent = (text: string): Message => ({ messageId: `a-${text}`, role: "ROLE_AGENT", parts: [{ text }] });
const status = (state: Task["status"]["state"], text?: string): StreamResponse => ({
  statusUpdate: {
    taskId: "task_1",
    contextId: "ctx_1",
    status: { state, ...(text === undefined ? {} : { message: agent(text) }) },
  },
});
const chunk = (text: string, append: boolean): StreamResponse => ({
  artifactUpdate: { taskId: "task_1", contextId: "ctx_1", artifact: { artifactId: "a", parts: [{ text }] }, append },
});
const opened: StreamResponse = {
  task: {
    id: "task_1",
    contextId: "ctx_1",
    status: { state: "TASK_STATE_SUBMITTED" },
    artifacts: [],
    history: [user("hi")],
  },
};

describe("TurnFold", () => {
  it("assembles a task from its frames, and takes none twice when a stream begins again", () => {
    const fold = new TurnFold();
    const frames: readonly StreamResponse[] = [
      opened,
      status("TASK_STATE_WORKING"),
      chunk("a", false),
      chunk("b", true),
      status("TASK_STATE_COMPLETED"),
    ];
    for (const round of [1, 2])
      for (const [at, frame] of frames.entries()) if (round === 1 || at > 0) fold.apply({ seq: at + 1, frame });
    expect(fold.view?.task.artifacts).toEqual([{ artifactId: "a", parts: [{ text: "a" }, { text: "b" }] }]);
    expect([fold.state, fold.seq, fold.taskId]).toEqual(["TASK_STATE_COMPLETED", 5, "task_1"]);
  });

  it("takes an older snapshot for nothing, and a newer one for all", () => {
    const fold = new TurnFold();
    fold.apply({ seq: 1, frame: opened });
    fold.apply({ seq: 4, frame: status("TASK_STATE_COMPLETED") });
    fold.apply({ seq: 1, frame: opened });
    expect(fold.state).toBe("TASK_STATE_COMPLETED");
    fold.apply({ seq: 9, frame: opened });
    expect(fold.state).toBe("TASK_STATE_SUBMITTED");
  });

  it("has an answer that makes no task", () => {
    const fold = new TurnFold();
    fold.apply({ seq: 1, frame: { message: agent("hello") } });
    expect(fold.view?.reply?.parts).toEqual([{ text: "hello" }]);
    expect(isAtRest(fold.state, false)).toBe(true);
  });
});

describe("isAtRest", () => {
  it("is when nothing comes by itself; an approval comes from somebody else", () => {
    expect(isAtRest("TASK_STATE_INPUT_REQUIRED", false)).toBe(true);
    expect(isAtRest("TASK_STATE_AUTH_REQUIRED", true)).toBe(false);
    expect(isAtRest("TASK_STATE_WORKING", false)).toBe(false);
    expect(isAtRest(undefined, false)).toBe(false);
  });
});

describe("a message", () => {
  it("is text, files and where it belongs, or a skill's typed input", () => {
    const file = { raw: "AA==", filename: "a.bin", mediaType: "application/octet-stream" };
    expect(messageOf({ text: "hi", files: [file] }, { contextId: "ctx_1", forkOf: "task_0" })).toMatchObject({
      role: "ROLE_USER",
      parts: [{ text: "hi" }, file],
      contextId: "ctx_1",
      referenceTaskIds: ["task_0"],
    });
    const call = messageOf({ text: "ignored", files: [], call: { skill: "ask", input: { q: 1 } } }, {});
    expect(call.parts).toEqual([{ data: { q: 1 } }]);
    expect(draftOf(call).call).toEqual({ skill: "ask", input: { q: 1 } });
  });

  it("is sent again under an id of its own, in the context of now", () => {
    const first = messageOf({ text: "hi", files: [] }, { contextId: "ctx_1" });
    const second = again({ ...first, taskId: "task_1" }, "ctx_2");
    expect(second.messageId).not.toBe(first.messageId);
    expect(second).toMatchObject({ contextId: "ctx_2", parts: first.parts });
    expect(second).not.toHaveProperty("taskId");
    expect(again(first, undefined)).not.toHaveProperty("contextId");
  });
});

describe("saidOf", () => {
  it("keeps reports together and apart from what was meant for the person", () => {
    const task: Task = {
      id: "task_1",
      status: { state: "TASK_STATE_WORKING", message: agent("step 3") },
      history: [user("go"), agent("step 1"), agent("which?"), user("this"), agent("step 2")],
    };
    expect(saidOf(task)).toEqual([
      { type: "message", message: user("go") },
      { type: "progress", messages: [agent("step 1")] },
      { type: "message", message: agent("which?") },
      { type: "message", message: user("this") },
      { type: "progress", messages: [agent("step 2"), agent("step 3")] },
    ]);
    const asking = saidOf({ ...task, status: { state: "TASK_STATE_INPUT_REQUIRED", message: agent("and?") } });
    expect(asking.at(-1)).toEqual({ type: "message", message: agent("and?") });
  });
});

describe("approvalOf", () => {
  it("names the approval a task waits for, and nothing for what an agent made up", () => {
    const waits = (metadata: Message["metadata"]): Task => ({
      id: "task_1",
      status: {
        state: "TASK_STATE_AUTH_REQUIRED",
        message: { ...agent("wait"), ...(metadata === undefined ? {} : { metadata }) },
      },
    });
    const name = "https://berth.dev/extensions/scope-request/v1";
    expect(approvalOf(waits({ [name]: { approvalId: "apr_1" } }))).toBe("apr_1");
    expect(approvalOf(waits({ [name]: { approvalId: 1 } }))).toBeUndefined();
    expect(approvalOf(waits({ [name]: "apr_1" }))).toBeUndefined();
    expect(approvalOf(waits(undefined))).toBeUndefined();
  });
});
