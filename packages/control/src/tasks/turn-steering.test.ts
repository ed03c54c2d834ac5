import { DEFAULT_ORG_ID, STEERING_EXTENSION, TaskState } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";
import { scriptedCard, waitFor } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { expect, test } from "vitest";
import type { AcceptedTurn } from "./task-engine.ts";
import { alice, by, hello, house } from "./task-engine.fixture.ts";
import type { House } from "./task-engine.fixture.ts";

const steerable: AgentCard = { ...scriptedCard(), capabilities: { extensions: [{ uri: STEERING_EXTENSION }] } };
const steer = { turnPolicy: "steer" } as const;
const settled = { timeoutMs: 5_000 };

interface Gate {
  readonly opened: Promise<void>;
  readonly open: () => void;
}
function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

/** The first turn works until its gate opens and ends in `first`; the others complete at once. */
function gated({ opened }: Gate, first: TaskState): TurnScript {
  return async function* (turn, agent) {
    if (turn.upstream !== undefined) {
      yield agent.status(TaskState.Completed);
      return;
    }
    yield agent.task(TaskState.Working);
    await opened;
    yield agent.status(first, "so far");
  };
}

async function send({ engine }: House, taskId: string, text: string, options = {}): Promise<AcceptedTurn> {
  return await engine.accept(by(alice), "scripted", { message: hello({ taskId, parts: [{ text }] }) }, options);
}

const textsOf = (turns: House["connector"]["turns"]): unknown[] => turns.map(({ message }) => message.parts[0]?.text);

async function begin(first: TaskState, card = steerable): Promise<{ at: House; taskId: string; open: () => void }> {
  const work = gate();
  const at = await house(gated(work, first), { card });
  const { taskId } = await at.engine.accept(by(alice), "scripted", { message: hello() });
  await waitFor(
    "the turn",
    async () => (await at.engine.get(by(alice), taskId)).view.task.status.state === "TASK_STATE_WORKING",
  );
  return { at, taskId, open: work.open };
}

test("a message that steers reaches the running turn, is in the log before that, and makes no turn of its own", async () => {
  const { at, taskId, open } = await begin(TaskState.Completed);
  let logged: unknown;
  at.connector.onSteer = async (turn) => {
    const log = await at.store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId });
    logged = log.findLast(({ body }) => body.kind === "message")?.body;
    expect(turn.upstream?.taskId).toBe(`agent-${taskId}`);
  };
  const turn = await send(at, taskId, "left", steer);
  await waitFor("the message", () => logged);
  expect(logged).toMatchObject({ message: { parts: [{ text: "left" }] }, protocol: "a2a" });
  open();
  const view = await at.engine.settle(turn, by(alice), settled);
  expect(view.task.status.state).toBe(TaskState.Completed);
  expect(textsOf(at.connector.steered)).toEqual(["left"]);
  expect(at.connector.turns).toHaveLength(1);
});

test("messages that steer are handed over one after the other, in their order, past one that waits", async () => {
  const { at, taskId, open } = await begin(TaskState.InputRequired);
  const first = gate();
  at.connector.onSteer = async () => await first.opened;
  await send(at, taskId, "queued");
  await send(at, taskId, "one", steer);
  await send(at, taskId, "two", steer);
  expect(textsOf(at.connector.steered)).toEqual(["one"]);
  first.open();
  await waitFor("the second", () => at.connector.steered.length === 2);
  open();
  await waitFor("the next turn", () => at.connector.turns.length === 2);
  expect(textsOf(at.connector.steered)).toEqual(["one", "two"]);
  expect(textsOf(at.connector.turns)).toEqual(["hello", "queued"]);
});

test("one that the turn ended without reading is the next turn, in its place, and its sender waits for that", async () => {
  const { at, taskId, open } = await begin(TaskState.InputRequired);
  const refusal = gate();
  at.connector.onSteer = async () => {
    await refusal.opened;
    throw new Error("the turn ended");
  };
  const steering = await send(at, taskId, "left", steer);
  await send(at, taskId, "queued");
  await waitFor("the message", () => at.connector.steered.length === 1);
  open();
  await waitFor(
    "the question",
    async () => (await at.engine.get(by(alice), taskId)).view.task.status.state === "TASK_STATE_INPUT_REQUIRED",
  );
  expect(at.connector.turns).toHaveLength(1);
  refusal.open();
  const view = await at.engine.settle(steering, by(alice), settled);
  expect(view.task.status.state).toBe(TaskState.Completed);
  expect(textsOf(at.connector.turns)).toEqual(["hello", "left"]);
  expect(at.connector.steered).toHaveLength(1);
});

test("one that the turn read just before its end is not a turn too, however late the answer comes", async () => {
  const { at, taskId, open } = await begin(TaskState.InputRequired);
  const answer = gate();
  at.connector.onSteer = async () => await answer.opened;
  const steering = await send(at, taskId, "left", steer);
  await waitFor("the message", () => at.connector.steered.length === 1);
  open();
  await waitFor(
    "the question",
    async () => (await at.engine.get(by(alice), taskId)).view.task.status.state === "TASK_STATE_INPUT_REQUIRED",
  );
  answer.open();
  const view = await at.engine.settle(steering, by(alice), settled);
  expect(view.task.status.state).toBe(TaskState.InputRequired);
  expect(at.connector.turns).toHaveLength(1);
});

test("one that a task ended without reading stays in its history", async () => {
  const { at, taskId, open } = await begin(TaskState.Completed);
  at.connector.onSteer = async (_turn, signal) =>
    await new Promise((_resolve, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true }),
    );
  const steering = await send(at, taskId, "left", steer);
  await waitFor("the message", () => at.connector.steered.length === 1);
  open();
  const view = await at.engine.settle(steering, by(alice), settled);
  expect(view.task.history?.map(({ parts }) => parts[0]?.text)).toEqual(["hello", "left"]);
  await at.engine.cancel(by(alice), taskId).catch(() => undefined);
});

test("a message that comes before the agent has told its task is handed over as soon as it has", async () => {
  const told = gate();
  const work = gate();
  const at = await house(
    async function* (_turn, agent) {
      await told.opened;
      yield agent.task(TaskState.Working);
      await work.opened;
      yield agent.status(TaskState.Completed);
    },
    { card: steerable },
  );
  const { taskId } = await at.engine.accept(by(alice), "scripted", { message: hello() });
  await send(at, taskId, "left", steer);
  expect(at.connector.steered).toEqual([]);
  told.open();
  await waitFor("the message", () => at.connector.steered.length === 1);
  work.open();
});

test("an agent that does not declare it refuses, with what to do, and nothing is kept; settled, it is a turn like any", async () => {
  const { at, taskId, open } = await begin(TaskState.InputRequired, scriptedCard());
  await expect(send(at, taskId, "left", steer)).rejects.toMatchObject({
    reason: "UNSUPPORTED_OPERATION",
    hint: expect.stringContaining("`queue`"),
  });
  expect((await at.engine.get(by(alice), taskId)).view.task.history).toHaveLength(1);
  open();
  await waitFor(
    "the question",
    async () => (await at.engine.get(by(alice), taskId)).view.task.status.state === "TASK_STATE_INPUT_REQUIRED",
  );
  const turn = await send(at, taskId, "right", steer);
  const view = await at.engine.settle(turn, by(alice), settled);
  expect(view.task.status.state).toBe(TaskState.Completed);
  expect(at.connector.steered).toEqual([]);
});

test("a canceled task takes no steering with it", async () => {
  const { at, taskId } = await begin(TaskState.Completed);
  at.connector.onSteer = async () => await new Promise(() => undefined);
  await send(at, taskId, "left", steer);
  await waitFor("the message", () => at.connector.steered.length === 1);
  at.connector.script = async function* (_turn, agent) {
    yield agent.status(TaskState.Completed);
  };
  void at.engine.cancel(by(alice), taskId);
  await waitFor(
    "the end",
    async () => (await at.engine.get(by(alice), taskId)).view.task.status.state === "TASK_STATE_CANCELED",
  );
  expect(at.connector.turns).toHaveLength(1);
});
