import { TaskState } from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";
import { echoScript } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse({ gateway: { limits: { blockingTimeoutMs: 2_000 } } });
});
beforeEach(() => {
  house.connector.script = doubling;
});
afterAll(async () => await house[Symbol.asyncDispose]());

/** What an SDK agent does: its result is the one data part of an artifact named "output". */
const doubling: TurnScript = async function* (turn, agent) {
  const opening = agent.task();
  yield opening;
  yield agent.artifact("a note on the way");
  const given = turn.message.parts[0]?.data;
  const n = typeof given === "object" && given !== null && "n" in given ? Number(given.n) : 0;
  yield withData(agent.artifact(""), { doubled: n * 2 });
  yield agent.status(TaskState.Completed);
};

function withData(frame: StreamResponse, data: { readonly doubled: number }): StreamResponse {
  if (!("artifactUpdate" in frame)) throw new Error("not an artifact");
  const { artifactUpdate } = frame;
  return { artifactUpdate: { ...artifactUpdate, artifact: { ...artifactUpdate.artifact, parts: [{ data }] } } };
}

const failing: TurnScript = async function* (_turn, agent) {
  yield agent.task();
  yield agent.status(TaskState.Failed, "out of paper");
};

const endless: TurnScript = async function* (_turn, agent, signal) {
  yield agent.task();
  yield agent.status(TaskState.Working);
  await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
};

describe("POST /invoke/{skill}", () => {
  test("takes the skill's input and answers with its output and receipt", async () => {
    const { status, json } = await house.call("/agents/scripted/invoke/echo", { body: { n: 21 } });
    expect(status).toBe(200);
    expect(json).toMatchObject({
      state: TaskState.Completed,
      output: { doubled: 42 },
      receiptId: expect.stringMatching(/^rcpt_/),
    });
    expect(json.artifacts).toHaveLength(1);
    const turn = house.connector.turns.at(-1);
    expect(turn?.message.metadata).toEqual({
      "https://berth.dev/extensions/skill-call/v1": { skill: "echo", input: { n: 21 } },
    });
    const log = await house.call(`/v1/tasks/${json.taskId}/events`, { token: house.admin });
    expect(log.json.events[0].body).toMatchObject({ kind: "accepted", protocol: "rest", skill: "echo" });
  });

  test("needs no body for a skill without input, and knows the agent's skills", async () => {
    const empty = await house.call("/agents/scripted/invoke/echo", { method: "POST" });
    expect(empty.json.output).toEqual({ doubled: 0 });
    const unknown = await house.call("/agents/scripted/invoke/fly", { body: {} });
    expect([unknown.status, unknown.json.reason, unknown.json.hint]).toEqual([404, "SKILL_NOT_FOUND", "It has: echo."]);
    expect(unknown.headers["content-type"]).toBe("application/problem+json");
  });

  test("says in the result when the skill failed or asks", async () => {
    house.connector.script = failing;
    const failed = await house.call("/agents/scripted/invoke/echo", { body: {} });
    expect(failed.json).toMatchObject({
      state: TaskState.Failed,
      output: null,
      message: { parts: [{ text: "out of paper" }] },
    });
    house.connector.script = async function* (turn, agent) {
      if (turn.upstream !== undefined) yield* doubling(turn, agent, AbortSignal.timeout(1_000));
      else {
        yield agent.task();
        yield agent.status(TaskState.InputRequired, "how much?");
      }
    };
    const asked = await house.call("/agents/scripted/invoke/echo", { body: {} });
    expect(asked.json).toMatchObject({
      state: TaskState.InputRequired,
      receiptId: null,
      message: { parts: [{ text: "how much?" }] },
    });
    const answered = await house.call(`/agents/scripted/invoke/echo?taskId=${asked.json.taskId}`, { body: { n: 2 } });
    expect(answered.json).toMatchObject({ taskId: asked.json.taskId, output: { doubled: 4 } });
  });

  test("streams the run's events and then its result", async () => {
    const stream = await house.open("/agents/scripted/invoke/echo?stream", { body: { n: 1 } });
    const events = await Array.fromAsync(stream.events);
    expect(events.at(-1)).toMatchObject({
      event: "result",
      data: { state: TaskState.Completed, output: { doubled: 2 } },
    });
    expect(events.slice(0, -1).every(({ id, event }) => id !== undefined && event === undefined)).toBe(true);
  });

  test("answers at once when it is preferred, or when waiting was limited and over", async () => {
    house.connector.script = endless;
    for (const prefer of ["respond-async", "wait=0"]) {
      const answer = await house.call("/agents/scripted/invoke/echo", { body: {}, headers: { prefer } });
      expect(answer.status).toBe(202);
      const { taskId } = answer.json;
      expect(answer.json.sse).toBe(`http://127.0.0.1:${house.port}/agents/scripted/sse/${taskId}`);
      expect(answer.headers["preference-applied"]).toBe(prefer === "respond-async" ? "respond-async" : undefined);
      await house.call(`/v1/tasks/${taskId}/cancel`, { method: "POST", token: house.admin });
    }
  });

  test("is a POST and nothing else", async () => {
    for (const method of ["GET", "DELETE", "PUT"]) {
      const { status, headers } = await house.call("/agents/scripted/invoke/echo", { method });
      expect([status, headers.allow], method).toEqual([405, "POST, OPTIONS"]);
    }
  });

  test("waits as long as it is asked to, also where respond-async would do after that", async () => {
    for (const prefer of ["wait=2", "respond-async, wait=2"]) {
      const done = await house.call("/agents/scripted/invoke/echo", { body: { n: 1 }, headers: { prefer } });
      expect([done.status, done.json.output], prefer).toEqual([200, { doubled: 2 }]);
    }
    house.connector.script = endless;
    const late = await house.call("/agents/scripted/invoke/echo", { body: {}, headers: { prefer: "wait=1" } });
    const { taskId } = late.json;
    expect([late.status, late.headers.location]).toEqual([
      202,
      `http://127.0.0.1:${house.port}/agents/scripted/tasks/${taskId}`,
    ]);
    await house.call(`/v1/tasks/${taskId}/cancel`, { method: "POST", token: house.admin });
  });

  test("gives a repeated call the same answer, in whatever form it is asked for", async () => {
    const headers = { "idempotency-key": "order-2" };
    const path = "/agents/scripted/invoke/echo";
    const turns = house.connector.turns.length;
    const first = await house.call(path, { body: { n: 5 }, headers });
    const again = await house.call(path, { body: { n: 5 }, headers });
    expect([again.status, again.json]).toEqual([200, first.json]);
    const events = await Array.fromAsync((await house.open(`${path}?stream`, { body: { n: 5 }, headers })).events);
    expect(events.at(-1)).toMatchObject({ event: "result", data: first.json });
    const later = { ...headers, prefer: "respond-async" };
    const accepted = await house.call(path, { body: { n: 5 }, headers: later });
    expect([accepted.status, accepted.json.taskId, accepted.json.state]).toEqual([
      202,
      first.json.taskId,
      TaskState.Completed,
    ]);
    expect(house.connector.turns.length).toBe(turns + 1);
  });

  test("leaves it to the skill to say what its input should be", async () => {
    for (const input of ["text", [1, 2], null]) {
      const body = JSON.stringify(input);
      const { status, json } = await house.call("/agents/scripted/invoke/echo", { body });
      expect([status, json.state], body).toEqual([200, TaskState.Completed]);
      expect(house.connector.turns.at(-1)?.message.parts).toMatchObject([{ data: input }]);
    }
  });

  test("runs once for one Idempotency-Key and refuses another input under it", async () => {
    const headers = { "idempotency-key": "order-1" };
    const [a, b] = [
      await house.call("/agents/scripted/invoke/echo", { body: { n: 3 }, headers }),
      await house.call("/agents/scripted/invoke/echo", { body: { n: 3 }, headers }),
    ];
    expect(b.json.taskId).toBe(a.json.taskId);
    const other = await house.call("/agents/scripted/invoke/echo", { body: { n: 4 }, headers });
    expect([other.status, other.json.reason]).toEqual([409, "IDEMPOTENCY_CONFLICT"]);
    const bad = await house.call("/agents/scripted/invoke/echo", { body: {}, headers: { "idempotency-key": "x y" } });
    expect(bad.json.violations).toEqual([expect.objectContaining({ field: "Idempotency-Key" })]);
  });
});

describe("POST /tasks and GET /sse/{task}", () => {
  test("make a task and show it, also to whoever comes when it is over", async () => {
    house.connector.script = echoScript;
    const made = await house.call("/agents/scripted/tasks", { body: textMessage("hello") });
    expect(made.status).toBe(202);
    const { taskId } = made.json;
    expect(made.headers.location).toBe(`http://127.0.0.1:${house.port}/agents/scripted/tasks/${taskId}`);
    const path = new URL(made.json.sse).pathname;
    const last = (await Array.fromAsync((await house.open(path)).events)).at(-1);
    expect(last?.data.task?.status.state ?? last?.data.statusUpdate.status.state).toBe(TaskState.Completed);
    const again = await Array.fromAsync((await house.open(path)).events);
    expect(again.map(({ data }) => data.task.status.state)).toEqual([TaskState.Completed]);
    const all = await Array.fromAsync((await house.open(`${path}?after=0`)).events);
    expect(all.map(({ id }) => Number(id))).toEqual(all.map(({ id }) => Number(id)).toSorted((a, b) => a - b));
    expect((await house.call("/agents/scripted/sse/task_unknown")).json.reason).toBe("TASK_NOT_FOUND");
    expect((await house.call(`${path}?after=-1`)).json.reason).toBe("INVALID_PARAMS");
  });
});

describe("GET /runs/{id}/receipt", () => {
  test("gives the receipt in the form that is accepted, or says that it is being sealed", async () => {
    const { json } = await house.call("/agents/scripted/invoke/echo", { body: { n: 1 } });
    const path = `/agents/scripted/runs/${json.taskId}/receipt`;
    const receipt = await house.call(path);
    expect(receipt.json).toMatchObject({
      receiptId: json.receiptId,
      taskId: json.taskId,
      statement: { _type: expect.stringContaining("in-toto") },
    });
    const bundle = await house.call(path, { headers: { accept: "application/vnd.berth.receipt-bundle+json" } });
    expect(bundle.headers["content-type"]).toBe("application/vnd.berth.receipt-bundle+json");
    const proof = await house.call(path, { headers: { accept: "text/plain" } });
    expect(proof.text).toContain("c2sp.org/tlog-proof");
    expect((await house.call("/agents/scripted/runs/task_x/receipt")).json.reason).toBe("TASK_NOT_FOUND");
    expect((await house.call(path, { token: await house.key("invoke") })).json.reason).toBe("TASK_NOT_FOUND");
    house.connector.script = endless;
    const running = await house.call("/agents/scripted/invoke/echo", {
      body: {},
      headers: { prefer: "respond-async" },
    });
    const pending = await house.call(`/agents/scripted/runs/${running.json.taskId}/receipt`);
    expect([202, 404]).toContain(pending.status);
    await house.call(`/v1/tasks/${running.json.taskId}/cancel`, { method: "POST", token: house.admin });
  });
});
