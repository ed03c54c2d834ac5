import { PlatformError, DEFAULT_ORG_ID, TaskState, foldTask } from "@berth/protocol";
import type { Message, SequencedFrame, StreamResponse } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { alice, auditor, bob, by, hello, house } from "./task-engine.fixture.ts";

const settled = { timeoutMs: 5_000 };

async function collect(frames: AsyncIterable<SequencedFrame>): Promise<readonly SequencedFrame[]> {
  const all = [];
  for await (const frame of frames) all.push(frame);
  return all;
}

const stateOf = (frame: StreamResponse): string | undefined => {
  if ("statusUpdate" in frame) return frame.statusUpdate.status.state;
  return "task" in frame ? frame.task.status.state : undefined;
};

/** Asks for a name, then greets. */
const asking: TurnScript = async function* (turn, agent) {
  if (turn.upstream === undefined) {
    yield agent.task();
    yield agent.status(TaskState.InputRequired, "Your name?");
    return;
  }
  yield agent.artifact(`Hello ${turn.message.parts[0]?.text ?? ""}`);
  yield agent.status(TaskState.Completed);
};

/** Works until the turn is ended from outside. */
const endless: TurnScript = async function* (_turn, agent, signal) {
  yield agent.task();
  yield agent.status(TaskState.Working);
  if (signal.aborted) return;
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
};

describe("a send", () => {
  test("is one task whose log folds to the agent's answer, with our ids only", async () => {
    const { engine, store } = await house();
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    const view = await engine.settle(turn, by(alice), settled);
    expect(view.task.status.state).toBe(TaskState.Completed);
    expect(view.task.artifacts?.[0]?.parts).toEqual([{ text: "hello" }]);
    expect(view.task.id).toMatch(/^task_/);
    expect(JSON.stringify(view.task)).not.toContain("agent-context");
    const log = await store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId: turn.taskId });
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, index) => index + 1));
    expect(foldTask(log).task).toEqual(view.task);
  });

  test("answered with a Message only is a stream of exactly that Message", async () => {
    const { engine } = await house(async function* (_turn, agent) {
      yield agent.message("just so");
    });
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    const frames = await collect(engine.follow(by(alice), turn.taskId, { turn }));
    expect(frames.map(({ frame }) => Object.keys(frame))).toEqual([["message"]]);
    const view = await engine.settle(turn, by(alice), settled);
    expect(view.reply?.parts).toEqual([{ text: "just so" }]);
    expect(view.task.status.state).toBe(TaskState.Completed);
  });

  test("streams Task first, then updates in order, each once", async () => {
    const { engine } = await house();
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    const frames = await collect(engine.follow(by(alice), turn.taskId, { turn }));
    expect(frames.map(({ frame }) => Object.keys(frame)[0])).toEqual([
      "task",
      "statusUpdate",
      "artifactUpdate",
      "statusUpdate",
    ]);
    expect(stateOf(frames[0]?.frame ?? { message: hello() })).toBe(TaskState.Submitted);
    const seqs = frames.map(({ seq }) => seq);
    expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
  });

  test("to an unknown skill, to a finished task and with a foreign context are refused with their reasons", async () => {
    const { engine } = await house();
    await expect(engine.accept(by(alice), "scripted", { message: hello() }, { skill: "fly" })).rejects.toMatchObject({
      reason: "SKILL_NOT_FOUND",
      hint: "It has: echo.",
    });
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    await engine.settle(turn, by(alice), settled);
    const again = { message: hello({ taskId: turn.taskId }) };
    await expect(engine.accept(by(alice), "scripted", again)).rejects.toMatchObject({
      reason: "UNSUPPORTED_OPERATION",
    });
    const foreign = { message: hello({ taskId: turn.taskId, contextId: "ctx_other" }) };
    await expect(engine.accept(by(alice), "scripted", foreign)).rejects.toMatchObject({ reason: "CONTEXT_MISMATCH" });
    const unknown = { message: hello({ taskId: "task_unknown" }) };
    await expect(engine.accept(by(alice), "scripted", unknown)).rejects.toMatchObject({ reason: "TASK_NOT_FOUND" });
  });

  test("with a media type that the card does not name is refused", async () => {
    const { engine } = await house();
    const message = hello({ parts: [{ raw: "AAAA", mediaType: "video/x-unheard-of" }] });
    await expect(engine.accept(by(alice), "scripted", { message })).rejects.toMatchObject({
      reason: "CONTENT_TYPE_NOT_SUPPORTED",
    });
  });
});

describe("sending the same thing twice", () => {
  test("with one messageId makes one task, also when both come at once", async () => {
    const { engine, connector } = await house();
    const message = hello();
    const turns = await Promise.all([1, 2, 3].map(async () => await engine.accept(by(alice), "scripted", { message })));
    expect(new Set(turns.map(({ taskId }) => taskId)).size).toBe(1);
    expect(turns.filter(({ replayed }) => !replayed)).toHaveLength(1);
    await engine.settle(turns[0] ?? fail(), by(alice), settled);
    expect(connector.turns).toHaveLength(1);
  });

  test("by another caller is another task", async () => {
    const { engine } = await house();
    const message = hello();
    const first = await engine.accept(by(alice), "scripted", { message });
    const second = await engine.accept(by(bob), "scripted", { message });
    expect(second.taskId).not.toBe(first.taskId);
  });

  test("with one messageId but other content is another task", async () => {
    const { engine } = await house();
    const message = hello();
    const first = await engine.accept(by(alice), "scripted", { message });
    const second = await engine.accept(by(alice), "scripted", { message: { ...message, parts: [{ text: "other" }] } });
    expect(second.taskId).not.toBe(first.taskId);
  });

  test("with one messageId begins anew once the caller has canceled the first", async () => {
    const { engine } = await house(endless);
    const message = hello();
    const first = await engine.accept(by(alice), "scripted", { message });
    await engine.cancel(by(alice), first.taskId);
    const second = await engine.accept(by(alice), "scripted", { message });
    expect(second).toMatchObject({ replayed: false });
    expect(second.taskId).not.toBe(first.taskId);
    await engine.cancel(by(alice), second.taskId);
  });

  test("with one Idempotency-Key but other content is a conflict", async () => {
    const { engine } = await house();
    await engine.accept(by(alice), "scripted", { message: hello() }, { idempotencyKey: "k" });
    const other = { message: hello({ parts: [{ text: "other" }] }) };
    await expect(engine.accept(by(alice), "scripted", other, { idempotencyKey: "k" })).rejects.toMatchObject({
      reason: "IDEMPOTENCY_CONFLICT",
    });
  });

  test("as a continuation is acknowledged again even after the task has ended", async () => {
    const { engine, connector } = await house(asking);
    const first = await engine.accept(by(alice), "scripted", { message: hello() });
    await engine.settle(first, by(alice), settled);
    const answer = hello({ taskId: first.taskId, parts: [{ text: "Ada" }] });
    const once = await engine.accept(by(alice), "scripted", { message: answer });
    await engine.settle(once, by(alice), settled);
    const twice = await engine.accept(by(alice), "scripted", { message: answer });
    expect(twice).toMatchObject({ taskId: first.taskId, replayed: true });
    expect(connector.turns).toHaveLength(2);
  });
});

describe("a question", () => {
  test("ends the turn, and the answer goes to the agent's own task", async () => {
    const { engine, connector } = await house(asking);
    const first = await engine.accept(by(alice), "scripted", { message: hello() });
    const waiting = await engine.settle(first, by(alice), settled);
    expect(waiting.task.status.state).toBe(TaskState.InputRequired);
    expect(waiting.task.status.message?.parts).toEqual([{ text: "Your name?" }]);
    const answer = hello({ taskId: first.taskId, parts: [{ text: "Ada" }] });
    const second = await engine.accept(by(alice), "scripted", { message: answer });
    const view = await engine.settle(second, by(alice), settled);
    expect(view.task.artifacts?.[0]?.parts).toEqual([{ text: "Hello Ada" }]);
    expect(connector.turns[1]?.upstream?.taskId).toBe(`agent-${first.taskId}`);
    expect(view.task.history?.map(({ role }) => role)).toEqual(["ROLE_USER", "ROLE_AGENT", "ROLE_USER"]);
  });

  test("is recorded with the door by which it came", async () => {
    const { engine, store } = await house(asking);
    const turn = await engine.accept({ ...by(alice), protocol: "mcp" }, "scripted", { message: hello() });
    await engine.settle(turn, by(alice), settled);
    const answer = await engine.accept(by(alice), "scripted", { message: hello({ taskId: turn.taskId }) });
    await engine.settle(answer, by(alice), settled);
    const log = await store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId: turn.taskId });
    const doors = log.flatMap(({ body }) =>
      body.kind === "accepted" || body.kind === "message" ? [body.protocol] : [],
    );
    expect(doors).toEqual(["mcp", "a2a"]);
  });

  test("ends the stream; a stream of the answer begins with the task at work", async () => {
    const { engine } = await house(asking);
    const first = await engine.accept(by(alice), "scripted", { message: hello() });
    const frames = await collect(engine.follow(by(alice), first.taskId, { turn: first }));
    expect(frames.map(({ frame }) => stateOf(frame))).toEqual([TaskState.Submitted, TaskState.InputRequired]);
    const second = await engine.accept(by(alice), "scripted", { message: hello({ taskId: first.taskId }) });
    const more = await collect(engine.follow(by(alice), first.taskId, { turn: second }));
    expect(stateOf(more[0]?.frame ?? { message: hello() })).toBe(TaskState.Working);
    expect(stateOf(more.at(-1)?.frame ?? { message: hello() })).toBe(TaskState.Completed);
  });
});

test("a subscription outlives the question and shows the turn after it", async () => {
  const { engine } = await house(asking);
  const first = await engine.accept(by(alice), "scripted", { message: hello() });
  await engine.settle(first, by(alice), settled);
  const frames = collect(engine.follow(by(alice), first.taskId, {}));
  await engine.accept(by(alice), "scripted", { message: hello({ taskId: first.taskId }) });
  expect((await frames).map(({ frame }) => stateOf(frame) ?? "artifact")).toEqual([
    TaskState.InputRequired,
    TaskState.Working,
    "artifact",
    TaskState.Completed,
  ]);
});

describe("a missing authorization", () => {
  /** Keeps its stream open on AUTH_REQUIRED, as A2A wants; a second message ends the task. */
  const guarded = (told: () => void): TurnScript =>
    async function* (turn, agent, signal) {
      if (turn.upstream !== undefined) {
        yield agent.status(TaskState.Completed, turn.message.parts[0]?.text ?? "");
        return;
      }
      yield agent.task();
      yield agent.status(TaskState.AuthRequired, "Sign in.");
      if (!signal.aborted) {
        await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
      }
      told();
    };

  test("can be talked about while the agent's stream is open", async () => {
    let ended = false;
    const { engine } = await house(guarded(() => (ended = true)));
    const first = await engine.accept(by(alice), "scripted", { message: hello() });
    await engine.settle(first, by(alice), settled);
    const frames = collect(engine.follow(by(alice), first.taskId, { turn: first }));
    const message = hello({ taskId: first.taskId, parts: [{ text: "I will not" }] });
    const answer = await engine.accept(by(alice), "scripted", { message });
    const view = await engine.settle(answer, by(alice), settled);
    expect(view.task.status.state).toBe(TaskState.Completed);
    expect(ended).toBe(true);
    expect((await frames).map(({ frame }) => stateOf(frame))).toEqual([
      TaskState.Submitted,
      TaskState.AuthRequired,
      TaskState.Working,
      TaskState.Completed,
    ]);
  });

  test("does not hold up a message that came before it", async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const script = guarded(() => undefined);
    const { engine, connector } = await house(async function* (turn, agent, signal) {
      await gate;
      yield* script(turn, agent, signal);
    });
    const first = await engine.accept(by(alice), "scripted", { message: hello() });
    await waitFor("the first turn", () => connector.turns.length === 1);
    await engine.accept(by(alice), "scripted", { message: hello({ taskId: first.taskId }) });
    release();
    await waitFor(
      "the end",
      async () => (await engine.get(by(alice), first.taskId)).view.task.status.state === TaskState.Completed,
    );
  });
});

describe("turns of one task", () => {
  test("run one after the other, in the order of acceptance", async () => {
    const running: string[] = [];
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    const { engine, connector } = await house(async function* (turn, agent) {
      running.push(`begin ${turn.message.parts[0]?.text}`);
      if (turn.upstream === undefined) {
        yield agent.task();
        yield agent.status(TaskState.Working);
        await gate;
        running.push("end one");
        yield agent.status(TaskState.InputRequired, "more?");
        return;
      }
      running.push(`end ${turn.message.parts[0]?.text}`);
      yield agent.status(
        turn.message.parts[0]?.text === "three" ? TaskState.Completed : TaskState.InputRequired,
        "more?",
      );
    });
    const first = await engine.accept(by(alice), "scripted", { message: hello({ parts: [{ text: "one" }] }) });
    await waitFor("the first turn", () => connector.turns.length === 1);
    const follow = (text: string): Message => hello({ taskId: first.taskId, parts: [{ text }] });
    await waitFor(
      "WORKING",
      async () => (await engine.get(by(alice), first.taskId)).view.task.status.state === TaskState.Working,
    );
    await engine.accept(by(alice), "scripted", { message: follow("two") });
    await engine.accept(by(alice), "scripted", { message: follow("three") });
    expect(connector.turns).toHaveLength(1);
    release();
    await waitFor(
      "the end",
      async () => (await engine.get(by(alice), first.taskId)).view.task.status.state === TaskState.Completed,
    );
    expect(running).toEqual(["begin one", "end one", "begin two", "end two", "begin three", "end three"]);
  });

  test("a blocking send that waits behind a question gets its own turn's result, not the question", async () => {
    const gate = Promise.withResolvers<void>();
    const { engine } = await house(async function* (turn, agent) {
      if (turn.upstream === undefined) {
        yield agent.task();
        yield agent.status(TaskState.Working);
        await gate.promise;
        yield agent.status(TaskState.InputRequired, "Your name?");
        return;
      }
      yield agent.status(TaskState.Completed);
    });
    const first = await engine.accept(by(alice), "scripted", { message: hello() });
    const state = async (): Promise<string> => (await engine.get(by(alice), first.taskId)).view.task.status.state;
    await waitFor("WORKING", async () => (await state()) === TaskState.Working);
    const queued = await engine.accept(by(alice), "scripted", { message: hello({ taskId: first.taskId }) });
    const answer = engine.settle(queued, by(alice), settled);
    gate.resolve();
    expect((await answer).task.status.state).toBe(TaskState.Completed);
  });

  test("wait in a bounded queue", async () => {
    const { engine } = await house(endless);
    const first = await engine.accept(by(alice), "scripted", { message: hello() });
    const more = (): Promise<unknown> =>
      engine.accept(by(alice), "scripted", { message: hello({ taskId: first.taskId }) });
    for (let i = 0; i < 16; i++) await more();
    await expect(more()).rejects.toMatchObject({ reason: "AGENT_OVERLOADED" });
    await engine.cancel(by(alice), first.taskId);
  });
});

describe("an agent without a free place", () => {
  test("refuses the send before there is a task", async () => {
    const full = new PlatformError("AGENT_OVERLOADED", "256 calls wait.", { metadata: { retryAfterSeconds: "7" } });
    const { engine } = await house(undefined, {
      assertRoom: () => {
        throw full;
      },
    });
    await expect(engine.accept(by(alice), "scripted", { message: hello() })).rejects.toBe(full);
    expect((await engine.list(by(alice), {})).tasks).toEqual([]);
  });
});

describe("cancel", () => {
  test("reaches the agent under its own task id and ends in CANCELED", async () => {
    const { engine, connector } = await house(endless);
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    await waitFor(
      "WORKING",
      async () => (await engine.get(by(alice), turn.taskId)).view.task.status.state === TaskState.Working,
    );
    const view = await engine.cancel(by(alice), turn.taskId);
    expect(view.task.status.state).toBe(TaskState.Canceled);
    expect(connector.canceled).toEqual([`agent-${turn.taskId}`]);
    await expect(engine.cancel(by(alice), turn.taskId)).rejects.toMatchObject({ reason: "TASK_NOT_CANCELABLE" });
  });

  test("works on a task whose agent refuses or hangs up", async () => {
    const { engine, connector } = await house(endless);
    connector.onCancel = () => {
      throw new Error("no");
    };
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    await waitFor(
      "WORKING",
      async () => (await engine.get(by(alice), turn.taskId)).view.task.status.state === TaskState.Working,
    );
    expect((await engine.cancel(by(alice), turn.taskId)).task.status.state).toBe(TaskState.Canceled);
  });

  test("of a task that waits for an answer ends it", async () => {
    const { engine } = await house(asking);
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    await engine.settle(turn, by(alice), settled);
    expect((await engine.cancel(by(alice), turn.taskId)).task.status.state).toBe(TaskState.Canceled);
  });
});

describe("when the agent fails", () => {
  test("by ending its stream early, the task fails with the reason", async () => {
    const { engine } = await house(async function* (_turn, agent) {
      yield agent.task();
      yield agent.status(TaskState.Working);
    });
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    const view = await engine.settle(turn, by(alice), settled);
    expect(view.task.status).toMatchObject({
      state: TaskState.Failed,
      message: { metadata: { reason: "INVALID_AGENT_RESPONSE" } },
    });
  });

  test("by a bug of ours, the task fails and does not tell the stranger about it", async () => {
    const { engine } = await house(async function* (_turn, agent) {
      yield agent.task();
      throw new Error("secret path /var/lib/x");
    });
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    const view = await engine.settle(turn, by(alice), settled);
    expect(view.task.status.message?.metadata).toEqual({ reason: "INTERNAL" });
    expect(JSON.stringify(view)).not.toContain("secret path");
  });

  test("by taking too long, the task fails with TASK_TIMED_OUT", async () => {
    const { engine } = await house(endless, { taskSeconds: 0.05 });
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    const view = await engine.settle(turn, by(alice), settled);
    expect(view.task.status.message?.metadata).toEqual({ reason: "TASK_TIMED_OUT" });
  });

  test("what it says after the end is not heard", async () => {
    const { engine, store } = await house(async function* (_turn, agent) {
      yield agent.task();
      yield agent.status(TaskState.Completed);
      yield agent.status(TaskState.Working);
      yield agent.artifact("late");
    });
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    const view = await engine.settle(turn, by(alice), settled);
    expect(view.task.status.state).toBe(TaskState.Completed);
    const log = await store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId: turn.taskId });
    expect(log.filter(({ body }) => body.kind === "artifact")).toEqual([]);
  });
});

describe("following", () => {
  test("from a sequence number gives exactly the rest", async () => {
    const { engine } = await house();
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    const all = await collect(engine.follow(by(alice), turn.taskId, { after: 0 }));
    for (const [index, { seq }] of all.entries()) {
      expect(await collect(engine.follow(by(alice), turn.taskId, { after: seq }))).toEqual(all.slice(index + 1));
    }
  });

  test("by many gives all of them the same frames, and one that leaves disturbs none", async () => {
    const { engine } = await house(async function* (_turn, agent) {
      yield agent.task();
      for (let i = 0; i < 50; i++) yield agent.artifact(`${i} `, { append: i > 0 });
      yield agent.status(TaskState.Completed);
    });
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    const leaver = engine.follow(by(alice), turn.taskId, { after: 0 });
    for await (const _frame of leaver) break;
    const streams = await Promise.all(
      [1, 2, 3].map(async () => await collect(engine.follow(by(alice), turn.taskId, { after: 0 }))),
    );
    expect(streams[1]).toEqual(streams[0]);
    expect(streams[2]).toEqual(streams[0]);
    expect(streams[0]).toHaveLength(51);
  });

  test("a finished task without a place to resume from is refused", async () => {
    const { engine } = await house();
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    await engine.settle(turn, by(alice), settled);
    await expect(collect(engine.follow(by(alice), turn.taskId, {}))).rejects.toMatchObject({
      reason: "UNSUPPORTED_OPERATION",
    });
  });
});

describe("who sees what", () => {
  test("another caller's task does not exist, but for who may read all", async () => {
    const { engine } = await house();
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    await engine.settle(turn, by(alice), settled);
    const missing = {
      reason: "TASK_NOT_FOUND",
      message: "Task not found: there is none with this id, or it is not yours.",
    };
    await expect(engine.get(by(bob), turn.taskId)).rejects.toMatchObject(missing);
    await expect(engine.get(by(bob), "task_none")).rejects.toMatchObject(missing);
    await expect(engine.cancel(by(bob), turn.taskId)).rejects.toMatchObject(missing);
    await expect(collect(engine.follow(by(bob), turn.taskId, { after: 0 }))).rejects.toMatchObject(missing);
    expect((await engine.get(by(auditor), turn.taskId)).view.task.id).toBe(turn.taskId);
    expect((await engine.list(by(bob), {})).tasks).toEqual([]);
    expect((await engine.list(by(auditor), {})).totalSize).toBe(1);
  });

  test("lists leave artifacts out unless asked", async () => {
    const { engine } = await house();
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    await engine.settle(turn, by(alice), settled);
    const [plain] = (await engine.list(by(alice), {})).tasks;
    expect(plain).not.toHaveProperty("artifacts");
    const [full] = (await engine.list(by(alice), { includeArtifacts: true })).tasks;
    expect(full?.artifacts).toHaveLength(1);
  });
});

describe("after a restart", () => {
  test("unfinished tasks end in FAILED with the reason, once", async () => {
    const { engine, store } = await house(endless);
    const working = await engine.accept(by(alice), "scripted", { message: hello() });
    await waitFor(
      "WORKING",
      async () => (await engine.get(by(alice), working.taskId)).view.task.status.state === TaskState.Working,
    );
    // A second engine on the same store stands for the process after the crash.
    const next = await house(endless, { store });
    expect(await next.engine.recover()).toBe(1);
    expect(await next.engine.recover()).toBe(0);
    const { view } = await next.engine.get(by(alice), working.taskId);
    expect(view.task.status).toMatchObject({
      state: TaskState.Failed,
      message: { metadata: { reason: "PLATFORM_RESTARTED" } },
    });
    await expect(engine.cancel(by(alice), working.taskId)).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
  });

  test("a stopping engine takes nothing new and ends what runs with the reason", async () => {
    const { engine } = await house(endless);
    const turn = await engine.accept(by(alice), "scripted", { message: hello() });
    await waitFor(
      "WORKING",
      async () => (await engine.get(by(alice), turn.taskId)).view.task.status.state === TaskState.Working,
    );
    await engine.close(10);
    const { view } = await engine.get(by(alice), turn.taskId);
    expect(view.task.status.message?.metadata).toEqual({ reason: "PLATFORM_RESTARTED" });
    await expect(engine.accept(by(alice), "scripted", { message: hello() })).rejects.toMatchObject({
      reason: "SHUTTING_DOWN",
    });
  });
});

function fail(): never {
  throw new Error("expected a value");
}
