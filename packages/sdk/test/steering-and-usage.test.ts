import { RUN_USAGE_EXTENSION, STEERING_EXTENSION, TURN_POLICY_METADATA } from "@berth/protocol";
import type { Message, StreamResponse } from "@berth/protocol";
import { skill } from "@berth/sdk";
import type { TaskContext } from "@berth/sdk";
import { textMessage } from "@berth/sdk/client";
import type { AgentClient } from "@berth/sdk/client";
import { describe, expect, test } from "vitest";
import { gate, serveForTest, testAgent } from "./agent-fixture.ts";

const steer = (text: string, taskId: string): Message => ({
  ...textMessage(text),
  taskId,
  metadata: { [TURN_POLICY_METADATA]: { policy: "steer" } },
});

const textOf = (message: Message | undefined): string => message?.parts[0]?.text ?? "";

function running(steering: boolean, run: (ctx: TaskContext) => Promise<string>) {
  const skills = { work: skill({ description: "x", run: (_input, ctx) => run(ctx) }) };
  return serveForTest(testAgent({ skills, steering }));
}

async function begin(client: AgentClient): Promise<string> {
  const sent = await client.send({ message: textMessage("go"), configuration: { returnImmediately: true } });
  if (!("task" in sent)) throw new Error("expected a task");
  return sent.task.id;
}

describe("a message that steers", () => {
  test("is read by the run that goes on, and is in the task's history", async () => {
    const { client } = await running(true, async (ctx) => {
      for await (const message of ctx.steering) return `turned ${textOf(message)}`;
      return "straight on";
    });
    const id = await begin(client);
    const sent = await client.send({ message: steer("left", id) });
    if (!("task" in sent)) throw new Error("expected a task");
    expect(sent.task.artifacts?.[0]?.parts[0]?.text).toBe("turned left");
    expect(sent.task.history?.map(textOf)).toEqual(["go", "left"]);
  });

  test("is the answer where the turn has ended in a question", async () => {
    const { client } = await running(true, async (ctx) => await ctx.ask("where?"));
    const asked = await client.send({ message: textMessage("go") });
    if (!("task" in asked)) throw new Error("expected a task");
    const sent = await client.send({ message: steer("right", asked.task.id) });
    expect(sent).toMatchObject({ task: { artifacts: [{ parts: [{ text: "right" }] }] } });
  });

  test("is refused by an agent that does not declare it, whose card does not say so", async () => {
    const { opened, open } = gate();
    const { client } = await running(false, async () => {
      await opened;
      return "done";
    });
    const uris = async (each: AgentClient): Promise<unknown> =>
      (await each.card()).capabilities.extensions?.map(({ uri }) => uri);
    expect(await uris(client)).not.toContain(STEERING_EXTENSION);
    const id = await begin(client);
    await expect(client.send({ message: steer("left", id) })).rejects.toMatchObject({
      reason: "UNSUPPORTED_OPERATION",
    });
    open();
    const other = await running(true, async () => "done");
    expect(await uris(other.client)).toContain(STEERING_EXTENSION);
  });
});

describe("ctx.usage", () => {
  test("adds up, and is told at once and with what follows", async () => {
    const { client } = await running(false, async (ctx) => {
      await ctx.progress("thinking");
      ctx.usage({ inputTokens: 10, outputTokens: 1, model: "small", costMicros: 5 });
      ctx.usage({ inputTokens: 5, model: "large" });
      return "done";
    });
    const reports: unknown[] = [];
    const collect = (frame: StreamResponse): void => {
      if ("statusUpdate" in frame) reports.push(frame.statusUpdate.metadata?.[RUN_USAGE_EXTENSION]);
    };
    for await (const frame of client.stream({ message: textMessage("go") })) collect(frame);
    const total = { inputTokens: 15, outputTokens: 1, costMicros: 5, models: ["small", "large"] };
    const first = { inputTokens: 10, outputTokens: 1, costMicros: 5, models: ["small"] };
    expect(reports).toEqual([undefined, first, total, total]);
  });

  test("leaves it to a run to answer with a message, which then carries it", async () => {
    const { client } = await running(false, async (ctx) => {
      ctx.usage({ outputTokens: 3 });
      ctx.reply("hi");
      return "";
    });
    const sent = await client.send({ message: textMessage("go") });
    expect(sent).toMatchObject({
      message: { metadata: { [RUN_USAGE_EXTENSION]: { inputTokens: 0, outputTokens: 3 } } },
    });
  });

  test.each([[{ inputTokens: -1 }], [{ outputTokens: Number.NaN }], [{ costMicros: 1e300 }], [{ model: "" }]])(
    "refuses %o",
    async (report) => {
      const { client } = await running(false, async (ctx) => {
        ctx.usage(report);
        return "done";
      });
      const sent = await client.send({ message: textMessage("go") });
      expect(sent).toMatchObject({ task: { status: { state: "TASK_STATE_FAILED" } } });
    },
  );
});
