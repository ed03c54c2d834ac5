import { describe, expect, test } from "vitest";
import { z } from "zod";
import { LOG_METADATA, PRINCIPAL_METADATA, QUESTION_METADATA } from "@berth/protocol";
import type { SendMessageResponse, StreamResponse, Task } from "@berth/protocol";
import { RejectError, skill } from "@berth/sdk";
import { skillMessage, textMessage } from "@berth/sdk/client";
import { gate, greet, serveForTest, testAgent } from "./agent-fixture.ts";

function taskOf(response: SendMessageResponse): Task {
  if (!("task" in response)) throw new Error("expected a task, got a message");
  return response.task;
}

const stateOf = (task: Task): string => task.status.state.replace("TASK_STATE_", "");
const said = (task: Task): string | undefined => task.status.message?.parts[0]?.text;

async function collect(frames: AsyncIterable<StreamResponse>): Promise<string[]> {
  const kinds: string[] = [];
  for await (const frame of frames) {
    if ("statusUpdate" in frame) kinds.push(frame.statusUpdate.status.state.replace("TASK_STATE_", ""));
    else if ("task" in frame) kinds.push(`task ${stateOf(frame.task)}`);
    else if ("artifactUpdate" in frame) kinds.push(`artifact ${frame.artifactUpdate.artifact.name ?? ""}`);
    else kinds.push("message");
  }
  return kinds;
}

describe("a skill", () => {
  test("returns its output as an artifact of the completed task", async () => {
    const { client } = await serveForTest(testAgent({ skills: { greet } }));
    const task = taskOf(await client.send({ message: skillMessage("greet", { name: "Ada" }) }));
    expect(stateOf(task)).toBe("COMPLETED");
    expect(task.artifacts).toEqual([
      {
        artifactId: "output",
        name: "output",
        parts: [{ data: { greeting: "Hello, Ada" }, mediaType: "application/json" }],
      },
    ]);
  });

  test("that is the only one takes plain text for its one string", async () => {
    const { client } = await serveForTest(testAgent({ skills: { greet } }));
    const task = taskOf(await client.send({ message: textMessage("Grace") }));
    expect(task.artifacts?.[0]?.parts[0]?.data).toEqual({ greeting: "Hello, Grace" });
  });

  test("rejects an input that does not fit, naming the field", async () => {
    const { client } = await serveForTest(testAgent({ skills: { greet } }));
    const task = taskOf(await client.send({ message: skillMessage("greet", { name: "A" }) }));
    expect(stateOf(task)).toBe("REJECTED");
    expect(said(task)).toContain("name: ");
  });

  test("that several stand beside is not guessed", async () => {
    const { client } = await serveForTest(testAgent({ skills: { greet, other: greet } }));
    const task = taskOf(await client.send({ message: textMessage("Ada") }));
    expect(stateOf(task)).toBe("REJECTED");
    expect(said(task)).toContain("greet, other");
  });

  test.each([
    ["throws", () => Promise.reject(new Error("out of paper")), "FAILED", "out of paper"],
    ["rejects", () => Promise.reject(new RejectError("not on Sundays")), "REJECTED", "not on Sundays"],
    ["breaks its own output schema", async () => ({ n: "1" }) as never, "FAILED", "output schema"],
  ])("that %s ends so, with the reason for the caller", async (_name, run, state, message) => {
    const broken = skill({ description: "x", output: z.object({ n: z.number() }), run });
    const { client } = await serveForTest(testAgent({ skills: { broken } }));
    const task = taskOf(await client.send({ message: skillMessage("broken", {}) }));
    expect(stateOf(task)).toBe(state);
    expect(said(task)).toContain(message);
    expect(JSON.stringify(task)).not.toContain("task-states.test");
  });

  test("keeps a log for its caller, which is no status of its own", async () => {
    const work = skill({
      description: "x",
      async run(_input, ctx) {
        await ctx.progress("at it");
        await ctx.log("warning", { attempt: 2 });
        return "done";
      },
    });
    const { client } = await serveForTest(testAgent({ skills: { work } }));
    const logged: unknown[] = [];
    for await (const frame of client.stream({ message: textMessage("go") })) {
      if ("statusUpdate" in frame && frame.statusUpdate.metadata !== undefined) logged.push(frame.statusUpdate);
    }
    expect(logged).toMatchObject([
      {
        status: { state: "TASK_STATE_WORKING" },
        metadata: { [LOG_METADATA]: { level: "warning", data: { attempt: 2 } } },
      },
    ]);
    const { tasks } = await client.list({ historyLength: 10 });
    expect(tasks[0]?.history?.map(({ parts }) => parts[0]?.text)).toEqual(["go", "at it"]);
    expect(tasks[0]?.metadata).toBeUndefined();
  });

  test("streams the task, then progress and artifacts in order", async () => {
    const report = skill({
      description: "x",
      async run(_input, ctx) {
        await ctx.progress({ text: "half way", fraction: 0.5 });
        await ctx.artifact("log.txt", "one ");
        await ctx.artifact("log.txt", "two", { append: true, lastChunk: true });
        return "done";
      },
    });
    const { client } = await serveForTest(testAgent({ skills: { report } }));
    expect(await collect(client.stream({ message: textMessage("go") }))).toEqual([
      "task WORKING",
      "WORKING",
      "artifact log.txt",
      "artifact log.txt",
      "artifact output",
      "COMPLETED",
    ]);
    const { tasks } = await client.list({ includeArtifacts: true });
    expect(tasks[0]?.artifacts?.[0]?.parts.map(({ text }) => text)).toEqual(["one ", "two"]);
    expect(tasks[0]?.artifacts?.[1]?.parts).toEqual([{ text: "done", mediaType: "text/plain" }]);
  });

  test("knows its caller, and remembers its steps over a question", async () => {
    let runs = 0;
    const remember = skill({
      description: "x",
      async run(_input, ctx) {
        const first = await ctx.step("count", () => ++runs);
        await ctx.ask("again?");
        return { caller: ctx.principal?.id ?? "nobody", first, second: await ctx.step("count", () => ++runs) };
      },
    });
    const { client } = await serveForTest(testAgent({ skills: { remember } }));
    const principal = { kind: "user", id: "usr_1", orgId: "org_default", scopes: [] };
    const message = { ...textMessage("go"), metadata: { [PRINCIPAL_METADATA]: principal } };
    const asked = taskOf(await client.send({ message }));
    const task = taskOf(await client.send({ message: textMessage("yes", { taskId: asked.id }) }));
    expect(task.artifacts?.[0]?.parts[0]?.data).toEqual({ caller: "usr_1", first: 1, second: 1 });
  });
});

describe("a question", () => {
  const order = skill({
    description: "x",
    async run(_input, ctx) {
      return { count: await ctx.ask("How many?", { schema: z.object({ count: z.number().max(10) }) }) };
    },
  });

  test("carries its schema and is put again until the answer fits", async () => {
    const { client } = await serveForTest(testAgent({ skills: { order } }));
    const asked = taskOf(await client.send({ message: textMessage("order") }));
    expect(stateOf(asked)).toBe("INPUT_REQUIRED");
    expect(asked.status.message?.metadata?.[QUESTION_METADATA]).toMatchObject({ schema: { type: "object" } });
    const again = taskOf(await client.send({ message: textMessage('{"count":11}', { taskId: asked.id }) }));
    expect(stateOf(again)).toBe("INPUT_REQUIRED");
    expect(said(again)).toContain("count: ");
    const done = taskOf(await client.send({ message: textMessage('{"count":3}', { taskId: asked.id }) }));
    expect(done.artifacts?.[0]?.parts[0]?.data).toEqual({ count: { count: 3 } });
  });

  test("ends with the task when that is canceled", async () => {
    const { client } = await serveForTest(testAgent({ skills: { order } }));
    const asked = taskOf(await client.send({ message: textMessage("order") }));
    expect(stateOf(await client.cancel(asked.id))).toBe("CANCELED");
    const late = client.send({ message: textMessage("3", { taskId: asked.id }) });
    await expect(late).rejects.toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
    await expect(client.cancel(asked.id)).rejects.toMatchObject({ reason: "TASK_NOT_CANCELABLE" });
  });

  test("for an authorization keeps the stream open until it came", async () => {
    const login = skill({
      description: "x",
      async run(_input, ctx) {
        await ctx.requireAuth("Sign in.");
        return "in";
      },
    });
    const { client } = await serveForTest(testAgent({ skills: { login } }));
    const kinds: string[] = [];
    for await (const frame of client.stream({ message: textMessage("go") })) {
      const task = "statusUpdate" in frame ? frame.statusUpdate : undefined;
      kinds.push(task?.status.state ?? Object.keys(frame).join());
      if (task?.status.state === "TASK_STATE_AUTH_REQUIRED") {
        await client.send({ message: textMessage("done", { taskId: task.taskId }) });
      }
    }
    expect(kinds).toEqual([
      "task",
      "TASK_STATE_AUTH_REQUIRED",
      "TASK_STATE_WORKING",
      "artifactUpdate",
      "TASK_STATE_COMPLETED",
    ]);
  });
});

describe("a conversation", () => {
  test("that replies leaves no task", async () => {
    const agent = testAgent({ onMessage: (message, ctx) => ctx.reply(`You said ${message.parts[0]?.text ?? ""}`) });
    const { client } = await serveForTest(agent);
    const answer = await client.send({ message: textMessage("hi", { contextId: "ctx-1" }) });
    expect(answer).toMatchObject({ message: { contextId: "ctx-1", parts: [{ text: "You said hi" }] } });
    expect(await collect(client.stream({ message: textMessage("hi") }))).toEqual(["message"]);
    expect((await client.list()).totalSize).toBe(0);
  });

  test("that replies to a task already followed completes it with the message", async () => {
    const { opened, open } = gate();
    const agent = testAgent({ onMessage: (_message, ctx) => opened.then(() => ctx.reply("late")) });
    const { client } = await serveForTest(agent);
    const request = { message: textMessage("hi"), configuration: { returnImmediately: true } };
    const { id } = taskOf(await client.send(request));
    for await (const frame of client.subscribe(id)) if ("task" in frame) open();
    expect(stateOf(await client.get(id))).toBe("COMPLETED");
    expect(said(await client.get(id))).toBe("late");
  });

  test("returns text as the message of the completed task", async () => {
    const { client } = await serveForTest(testAgent({ onMessage: () => "Hello" }));
    const task = taskOf(await client.send({ message: textMessage("hi") }));
    expect([stateOf(task), said(task)]).toEqual(["COMPLETED", "Hello"]);
  });
});

test("a cancel reaches the run through its signal", async () => {
  const { opened, open } = gate();
  const wait = skill({
    description: "x",
    async run(_input, ctx) {
      await ctx.progress("waiting");
      await new Promise((_resolve, reject) => {
        ctx.signal.addEventListener("abort", () => {
          open();
          reject(new Error("stopped"));
        });
      });
    },
  });
  const { client } = await serveForTest(testAgent({ skills: { wait } }));
  const request = { message: textMessage("go"), configuration: { returnImmediately: true } };
  const { id } = taskOf(await client.send(request));
  expect(stateOf(await client.cancel(id))).toBe("CANCELED");
  await opened;
  expect(stateOf(await client.get(id))).toBe("CANCELED");
});
