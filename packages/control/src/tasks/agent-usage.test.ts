import { DEFAULT_ORG_ID, RUN_USAGE_EXTENSION, TaskState } from "@berth/protocol";
import type { JsonObject, JsonValue, StreamResponse, TaskEventBody } from "@berth/protocol";
import type { ScriptedAgent } from "@berth/testing";
import { expect, test } from "vitest";
import { alice, by, hello, house } from "./task-engine.fixture.ts";

type Say = (agent: ScriptedAgent) => readonly StreamResponse[];

/** The log of one task whose agent sends these frames, and its view. */
async function run(say: Say) {
  const { engine, store } = await house(async function* (_turn, agent) {
    yield* say(agent);
  });
  const turn = await engine.accept(by(alice), "scripted", { message: hello() });
  const view = await engine.settle(turn, by(alice), { timeoutMs: 5_000 });
  const log = await store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId: turn.taskId });
  const of = (kind: TaskEventBody["kind"]): unknown[] =>
    log.flatMap(({ body }) => (body.kind === kind ? [body.kind === "usage" ? body.usage : body] : []));
  return { view, of };
}

function reporting(frame: StreamResponse, report: JsonValue, more: JsonObject = {}): StreamResponse {
  const metadata = { ...more, [RUN_USAGE_EXTENSION]: report };
  if ("statusUpdate" in frame) return { statusUpdate: { ...frame.statusUpdate, metadata } };
  if ("artifactUpdate" in frame) return { artifactUpdate: { ...frame.artifactUpdate, metadata } };
  if ("task" in frame) return { task: { ...frame.task, metadata } };
  return { message: { ...frame.message, metadata } };
}

test("totals are taken from whatever an agent sends, each once, and shown nowhere but as what they are", async () => {
  const { view, of } = await run((agent) => [
    reporting(agent.task(TaskState.Working), { inputTokens: 1 }),
    reporting(agent.artifact("x"), { inputTokens: 2 }),
    reporting(agent.status(TaskState.Working), { inputTokens: 2 }),
    reporting(agent.status(TaskState.Completed), { inputTokens: 3, costMicros: 9 }, { mine: true }),
  ]);
  expect(of("usage")).toMatchObject([{ inputTokens: 1 }, { inputTokens: 2 }, { inputTokens: 3, costMicros: 9 }]);
  expect(view.usage).toEqual({ inputTokens: 3, outputTokens: 0, costMicros: 9 });
  expect(view.task.metadata).toEqual({ mine: true });
  expect(view.task.status.state).toBe(TaskState.Completed);
});

test("a status that only reports is no status, unless it also moves the task or says something else", async () => {
  const { of } = await run((agent) => [
    agent.task(TaskState.Working),
    agent.status(TaskState.AuthRequired, "sign in"),
    reporting(agent.status(TaskState.Working), { inputTokens: 1 }),
    reporting(agent.status(TaskState.Working), { inputTokens: 2 }),
    reporting(agent.status(TaskState.Working), { inputTokens: 3 }, { mine: true }),
    agent.status(TaskState.Completed),
  ]);
  expect(of("status")).toMatchObject([
    { status: { state: TaskState.Working } },
    { status: { state: TaskState.AuthRequired } },
    { status: { state: TaskState.Working } },
    { status: { state: TaskState.Working }, metadata: { mine: true } },
    { status: { state: TaskState.Completed } },
  ]);
  expect(of("usage")).toHaveLength(3);
});

test("an answer without a task carries them in its metadata", async () => {
  const { view } = await run((agent) => [reporting(agent.message("hi"), { outputTokens: 4 })]);
  expect(view.usage).toEqual({ inputTokens: 0, outputTokens: 4 });
  expect(view.reply?.parts).toEqual([{ text: "hi" }]);
});

test("what cannot be is left out and noted once, and the work is not harmed", async () => {
  const { view, of } = await run((agent) => [
    agent.task(TaskState.Working),
    reporting(agent.artifact("x"), { inputTokens: 5, outputTokens: 5 }),
    reporting(agent.artifact("x"), { inputTokens: -1 }),
    reporting(agent.artifact("x"), { inputTokens: 1e300 }),
    reporting(agent.artifact("x"), { inputTokens: 4, outputTokens: 9 }),
    reporting(agent.status(TaskState.Completed), "all of it"),
  ]);
  expect(view.usage).toEqual({ inputTokens: 5, outputTokens: 5 });
  expect(of("note")).toEqual([
    { kind: "note", name: "usage-refused", data: { problem: expect.stringContaining("inputTokens") } },
  ]);
  expect(view.task.status.state).toBe(TaskState.Completed);
});
