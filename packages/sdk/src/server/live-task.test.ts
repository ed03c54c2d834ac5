import { Role, TaskState } from "@berth/protocol";
import type { Message, StreamResponse } from "@berth/protocol";
import { expect, test } from "vitest";
import { LiveTask } from "./live-task.ts";
import { TaskMemory } from "./task-memory.ts";

const say = (text: string, role: Message["role"] = Role.Agent): Message => ({
  messageId: text,
  role,
  parts: [{ text }],
});

function open(memory = new TaskMemory(() => 0), id = "t"): { task: LiveTask; seen: string[] } {
  const task = new LiveTask({
    id,
    contextId: "c",
    message: say("hello", Role.User),
    now: () => 0,
    onReveal: (revealed) => memory.add(revealed),
    onTerminal: (ended) => memory.end(ended),
  });
  const seen: string[] = [];
  task.listen({ frame: (frame, seq) => seen.push(`${seq} ${kindOf(frame)}`), end: () => seen.push("end") });
  return { task, seen };
}

function kindOf(frame: StreamResponse): string {
  if ("statusUpdate" in frame) return frame.statusUpdate.status.state.replace("TASK_STATE_", "");
  if ("task" in frame) return `task ${frame.task.status.state.replace("TASK_STATE_", "")}`;
  return Object.keys(frame).join();
}

test("the first event reveals the task: its listeners get the task, then the event", () => {
  const { task, seen } = open();
  expect(seen).toEqual([]);
  task.emit({ kind: "artifact", artifact: { artifactId: "a", parts: [{ text: "x" }] } });
  task.setStatus(TaskState.Completed);
  expect(seen).toEqual(["1 task WORKING", "2 artifactUpdate", "3 COMPLETED", "end"]);
});

test("a reply takes the place of the task, but only before it is known", () => {
  const { task, seen } = open();
  expect(task.reply(say("hi"))).toBe(true);
  expect(seen).toEqual(["1 message", "end"]);
  const late = open();
  late.task.reveal();
  expect(late.task.reply(say("hi"))).toBe(false);
});

test("a question ends the stream and waits for the next message", async () => {
  const { task, seen } = open();
  const answer = task.question(TaskState.InputRequired, say("who?"));
  expect(seen).toEqual(["1 task WORKING", "2 INPUT_REQUIRED", "end"]);
  task.answer(say("me", Role.User));
  expect(await answer).toMatchObject({ messageId: "me" });
  expect(task.task.history?.map(({ messageId }) => messageId)).toEqual(["hello", "who?", "me"]);
});

test("a stream stays open while an authorization is awaited", () => {
  const { task, seen } = open();
  void task.question(TaskState.AuthRequired, say("sign in"));
  expect(seen).toEqual(["1 task WORKING", "2 AUTH_REQUIRED"]);
});

test("a message to a task at work, or over, is refused", () => {
  const { task } = open();
  expect(() => task.answer(say("more", Role.User))).toThrow("still working");
  task.setStatus(TaskState.Completed);
  expect(() => task.answer(say("more", Role.User))).toThrow("TASK_STATE_COMPLETED");
});

test("a cancel aborts the signal, ends the question and mutes what comes later", async () => {
  const { task, seen } = open();
  const answer = task.question(TaskState.InputRequired, say("who?"));
  task.cancel();
  await expect(answer).rejects.toThrow("canceled");
  expect(task.signal.aborted).toBe(true);
  expect(() => task.setStatus(TaskState.Completed)).toThrow("over");
  expect(seen).toEqual(["1 task WORKING", "2 INPUT_REQUIRED", "end"]);
});

test("a message that steers is refused when its turn ends unread, by a question or by the end of the task", async () => {
  const { task } = open();
  const idle = new AbortController().signal;
  const early = task.steering.push(say("left", Role.User), idle);
  void task.question(TaskState.InputRequired, say("who?"));
  await expect(early).rejects.toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
  task.answer(say("me", Role.User));
  const late = task.steering.push(say("right", Role.User), idle);
  task.setStatus(TaskState.Completed);
  await expect(late).rejects.toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
  expect(task.task.history?.map(({ messageId }) => messageId)).toEqual(["hello", "who?", "me"]);
});

test("ended tasks are forgotten by size, the oldest first, and the newest stays whatever its size", () => {
  const memory = new TaskMemory(() => 0);
  const large = "x".repeat(40 * 1024 * 1024);
  for (const id of ["a", "b", "c"]) {
    const { task } = open(memory, id);
    task.emit({ kind: "artifact", artifact: { artifactId: "a", parts: [{ text: large }] } });
    task.setStatus(TaskState.Completed);
  }
  expect(memory.all().map(({ id }) => id)).toEqual(["c"]);
});

test("ended tasks are forgotten after an hour", () => {
  let now = 0;
  const memory = new TaskMemory(() => now);
  const { task } = open(memory);
  task.setStatus(TaskState.Completed);
  now = 59 * 60_000;
  expect(memory.get("t")).toBe(task);
  now = 61 * 60_000;
  expect(() => memory.get("t")).toThrow("no task");
});

test("a caller's message to a run that waits for an approval is heard, and is none", async () => {
  const { task, seen } = open();
  const decided = Promise.withResolvers<void>();
  let over = false;
  const waits = task.awaitApproval(say("may I?"), () => decided.promise).then(() => (over = true));
  task.answer(say("approved, go on", Role.User));
  await Promise.resolve();
  expect(over).toBe(false);
  expect(task.task.status.state).toBe(TaskState.AuthRequired);
  expect(task.task.history?.at(-1)?.parts[0]?.text).toBe("approved, go on");
  decided.resolve();
  await waits;
  expect(seen.at(-1)).toMatch(/WORKING$/);
});

test("a run that waits for two approvals works on when both are decided", async () => {
  const { task } = open();
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const one = task.awaitApproval(say("may I?"), () => first.promise);
  const two = task.awaitApproval(say("and that?"), () => second.promise);
  first.resolve();
  await one;
  expect(task.task.status.state).toBe(TaskState.AuthRequired);
  second.resolve();
  await two;
  expect(task.task.status.state).toBe(TaskState.Working);
});
