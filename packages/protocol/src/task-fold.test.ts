import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TaskState } from "./a2a.ts";
import type { Artifact, JsonObject, Message, Task } from "./a2a.ts";
import { LOG_METADATA } from "./log-entry.ts";
import type { ModelEvent, TaskEvent, TaskEventBody } from "./task-event.ts";
import { TaskFold, applyEvent, foldTask, frameOf, withHistoryLength } from "./task-fold.ts";
import type { TaskView } from "./task-fold.ts";

const ACCEPTED: TaskEventBody = {
  kind: "accepted",
  orgId: "org_default",
  agentId: "agt_1",
  agentName: "echo",
  releaseId: "rel_1",
  contextId: "ctx_1",
  protocol: "a2a",
  principal: { kind: "api_key", id: "key_1" },
  message: { messageId: "m0", role: "ROLE_USER", parts: [{ text: "hi" }] },
};

function log(...bodies: readonly TaskEventBody[]): readonly TaskEvent[] {
  return [ACCEPTED, ...bodies].map((body, index) => ({
    taskId: "task_1",
    seq: index + 1,
    at: new Date(index * 1000).toISOString(),
    body,
  }));
}

const say = (messageId: string): Message => ({ messageId, role: "ROLE_AGENT", parts: [{ text: messageId }] });
const idsOf = (task: Task): readonly string[] => (task.history ?? []).map(({ messageId }) => messageId);

const messages: fc.Arbitrary<Message> = fc.stringMatching(/^[a-z]{1,8}$/).map(say);
const visible: fc.Arbitrary<TaskEventBody> = fc.oneof(
  fc
    .tuple(fc.constantFrom(...Object.values(TaskState)), fc.option(messages, { nil: undefined }))
    .map(([state, message]): TaskEventBody => ({
      kind: "status",
      status: message === undefined ? { state } : { state, message },
    })),
  fc
    .tuple(fc.constantFrom("a1", "a2", "a3"), fc.string(), fc.boolean())
    .map(([artifactId, text, append]): TaskEventBody => ({
      kind: "artifact",
      artifact: { artifactId, parts: [{ text }] },
      append,
    })),
);
const hidden: fc.Arbitrary<TaskEventBody> = fc.constantFrom<TaskEventBody>(
  { kind: "upstream", taskId: "u" },
  { kind: "instance", instanceId: "ins_1", phase: "assigned" },
  { kind: "egress", host: "example.com", port: 443, decision: "denied" },
  { kind: "note", name: "retry", data: {} },
);
const bodies = fc.array(
  fc.oneof(
    visible,
    hidden,
    messages.map((message): TaskEventBody => ({ kind: "message", message })),
  ),
  { maxLength: 20 },
);

describe("foldTask", () => {
  it("F1: opens with the caller's message under the task's ids", () => {
    const { seq, task } = foldTask(log());
    expect(seq).toBe(1);
    expect(task).toEqual({
      id: "task_1",
      contextId: "ctx_1",
      status: { state: "TASK_STATE_SUBMITTED", timestamp: "1970-01-01T00:00:00.000Z" },
      artifacts: [],
      history: [{ messageId: "m0", role: "ROLE_USER", parts: [{ text: "hi" }], taskId: "task_1", contextId: "ctx_1" }],
    });
    expect(() => foldTask([])).toThrow("begins with its accepted event");
    expect(() => foldTask(log().slice(1))).toThrow("begins with its accepted event");
  });

  it("F2, F3, F9: is incremental, current to the last event, and changes nothing it handed out", () => {
    fc.assert(
      fc.property(bodies, fc.nat(), (events, cut) => {
        const whole = log(...events);
        const at = 1 + (cut % whole.length);
        const prefix = foldTask(whole.slice(0, at));
        const before = structuredClone(prefix);
        let view: TaskView = prefix;
        for (const event of whole.slice(at)) view = applyEvent(view, event);
        expect(view).toEqual(foldTask(whole));
        expect(view.seq).toBe(whole.length);
        expect(prefix).toEqual(before);
      }),
    );
  });

  it("F2, F3: goes on event by event like the whole log, and leaves what it handed out as it was", () => {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat(20), { maxLength: 5 }), (events, looks) => {
        const whole = log(...events);
        const fold = new TaskFold(foldTask(whole.slice(0, 1)));
        const seen: { readonly view: TaskView; readonly copy: TaskView }[] = [];
        for (const event of whole.slice(1)) {
          fold.apply(event);
          if (looks.includes(event.seq)) seen.push({ view: fold.view, copy: structuredClone(fold.view) });
        }
        expect(fold.view).toEqual(whole.slice(1).reduce(applyEvent, foldTask(whole.slice(0, 1))));
        for (const { view, copy } of seen) expect(view).toEqual(copy);
      }),
    );
  });

  it("pays for an event, not for what has come before it", () => {
    const COUNT = 200_000;
    const piece = (index: number): TaskEventBody => {
      const artifact = { artifactId: "a", parts: [{ text: String(index) }] };
      return { kind: "artifact", artifact, append: true };
    };
    const fold = new TaskFold(foldTask(log()));
    // Copying the list for each of them would take minutes.
    for (let index = 0; index < COUNT; index++)
      fold.apply({ taskId: "task_1", seq: 2 + index, at: "", body: piece(index) });
    const { task } = fold.view;
    expect(task.artifacts?.[0]?.parts).toHaveLength(COUNT);
    expect(task.artifacts?.[0]?.parts.at(-1)).toEqual({ text: String(COUNT - 1) });
  });

  it("F4: moves a replaced status message into the history, in order", () => {
    const { task } = foldTask(
      log(
        { kind: "status", status: { state: "TASK_STATE_WORKING", message: say("thinking") } },
        { kind: "status", status: { state: "TASK_STATE_INPUT_REQUIRED", message: say("which?") } },
        { kind: "message", message: say("this one") },
        { kind: "status", status: { state: "TASK_STATE_COMPLETED" } },
      ),
    );
    expect(idsOf(task)).toEqual(["m0", "thinking", "this one", "which?"]);
    expect(task.status).toEqual({ state: "TASK_STATE_COMPLETED" });
  });

  it("F4: loses no message", () => {
    fc.assert(
      fc.property(bodies, (events) => {
        const { task } = foldTask(log(...events));
        const said = events.filter(
          (body) => body.kind === "message" || (body.kind === "status" && body.status.message),
        );
        const last = task.status.message === undefined ? 0 : 1;
        expect(idsOf(task).length + last).toBe(1 + said.length);
      }),
    );
  });

  it("F5: appends to, replaces and creates artifacts in their place", () => {
    const artifact = (artifactId: string, text: string): Artifact => ({ artifactId, parts: [{ text }] });
    const { task } = foldTask(
      log(
        { kind: "artifact", artifact: artifact("a", "1") },
        { kind: "artifact", artifact: artifact("b", "1"), append: true },
        { kind: "artifact", artifact: { ...artifact("a", "2"), name: "out" }, append: true },
        { kind: "artifact", artifact: artifact("b", "2"), append: false },
      ),
    );
    expect(task.artifacts).toEqual([
      { artifactId: "a", name: "out", parts: [{ text: "1" }, { text: "2" }] },
      { artifactId: "b", parts: [{ text: "2" }] },
    ]);
  });

  it("F6: shows clients nothing of hidden events", () => {
    fc.assert(
      fc.property(fc.array(hidden, { minLength: 1, maxLength: 5 }), (events) => {
        const whole = log(...events);
        expect(foldTask(whole).task).toEqual(foldTask(whole.slice(0, 1)).task);
        for (const event of whole) expect(frameOf(event, "ctx_1")).toBeUndefined();
      }),
    );
  });

  it("F7: gives a client who follows the frames the same status and artifacts", () => {
    fc.assert(
      fc.property(fc.array(visible, { maxLength: 20 }), (events) => {
        const whole = log(...events);
        const { task } = foldTask(whole);
        const artifacts = new Map<string, Artifact>();
        let { status } = foldTask(whole.slice(0, 1)).task;
        for (const event of whole) {
          const frame = frameOf(event, "ctx_1");
          if (frame !== undefined && "statusUpdate" in frame) status = frame.statusUpdate.status;
          if (frame === undefined || !("artifactUpdate" in frame)) continue;
          const { artifact, append } = frame.artifactUpdate;
          const known = artifacts.get(artifact.artifactId);
          const grown = append === true && known !== undefined ? [...known.parts, ...artifact.parts] : artifact.parts;
          artifacts.set(artifact.artifactId, { ...artifact, parts: grown });
        }
        expect(status).toEqual(task.status);
        expect([...artifacts.values()]).toEqual(task.artifacts);
      }),
    );
  });

  it("F10: takes an entry of the agent's log for no change of the task", () => {
    const state = TaskState.Working;
    const before = log({ kind: "status", status: { state, message: say("s1") } });
    const entry = { [LOG_METADATA]: { level: "info", data: 1 } };
    const withEntry = (status: Task["status"], metadata: JsonObject): TaskView =>
      foldTask(log(before[1]?.body ?? ACCEPTED, { kind: "status", status, metadata }));
    expect(withEntry({ state }, entry)).toEqual({ ...foldTask(before), seq: 3 });
    // What is more than an entry counts.
    expect(withEntry({ state: TaskState.Completed }, entry).task.status.state).toBe(TaskState.Completed);
    expect(withEntry({ state }, { ...entry, more: 1 }).task.metadata).toMatchObject({ more: 1 });
  });

  it("keeps the agent's bare reply beside the task", () => {
    const events = log(
      { kind: "reply", message: say("hello") },
      { kind: "status", status: { state: "TASK_STATE_COMPLETED" } },
    );
    expect(foldTask(events).reply).toEqual(say("hello"));
    expect(events.map((event) => frameOf(event, "ctx_1"))).toEqual([
      undefined,
      { message: say("hello") },
      { statusUpdate: { taskId: "task_1", contextId: "ctx_1", status: { state: "TASK_STATE_COMPLETED" } } },
    ]);
  });
});

describe("a report of use", () => {
  it("F11: replaces the one before, and shows clients nothing", () => {
    const usage = (inputTokens: number): TaskEventBody => ({ kind: "usage", usage: { inputTokens, outputTokens: 0 } });
    const events = log(usage(1), usage(2));
    const said = { inputTokens: 2, outputTokens: 0 };
    expect(foldTask(events)).toEqual({ ...foldTask(log()), seq: 3, usage: said, reported: said });
    expect(events.map((event) => frameOf(event, "ctx_1"))).toEqual([undefined, undefined, undefined]);
  });
});

describe("a call to a model", () => {
  const call = (changes: Partial<ModelEvent>): TaskEventBody => ({
    kind: "model",
    op: "chat",
    model: "openai/small",
    outcome: "ok",
    inputTokens: 10,
    outputTokens: 4,
    costMicros: 3,
    latencyMs: 5,
    requestDigest: "sha256:0",
    ...changes,
  });

  it("is measured: calls add up, and the larger of what was measured and what was reported counts", () => {
    const said = { inputTokens: 15, outputTokens: 20, models: ["mine"] };
    const events = log(call({}), call({ model: "openai/large" }), { kind: "usage", usage: said });
    const { usage, measured, reported } = foldTask(events);
    expect(measured).toEqual({
      inputTokens: 20,
      outputTokens: 8,
      costMicros: 6,
      models: ["openai/small", "openai/large"],
    });
    expect(reported).toEqual(said);
    expect(usage).toEqual({
      inputTokens: 20,
      outputTokens: 20,
      costMicros: 6,
      models: ["openai/small", "openai/large", "mine"],
    });
    expect(events.map((event) => frameOf(event, "ctx_1"))).toEqual(Array(4).fill(undefined));
  });

  it("that was refused adds nothing", () => {
    const refused: TaskEventBody = {
      kind: "model",
      op: "chat",
      model: "openai/small",
      outcome: "denied",
      inputTokens: 0,
      outputTokens: 0,
      latencyMs: 0,
      requestDigest: "sha256:0",
    };
    expect(foldTask(log(refused)).usage).toBeUndefined();
  });
});

describe("withHistoryLength", () => {
  const task: Task = { id: "t", status: { state: "TASK_STATE_WORKING" }, history: ["a", "b", "c"].map(say) };

  it.each([
    [undefined, ["a", "b", "c"]],
    [0, undefined],
    [1, ["c"]],
    [2, ["b", "c"]],
    [9, ["a", "b", "c"]],
  ])("F8: %j keeps %j", (length, ids) => {
    expect(withHistoryLength(task, length).history).toEqual(ids?.map(say));
  });

  it("F8: leaves the key out at 0, and touches nothing else", () => {
    expect(withHistoryLength(task, 0)).toEqual({ id: "t", status: task.status });
    expect(Object.keys(withHistoryLength(task, 0))).not.toContain("history");
  });
});
