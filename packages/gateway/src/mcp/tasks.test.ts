import { TaskState } from "@berth/protocol";
import { echoScript, waitFor } from "@berth/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";
import { FORM, ModernClient, TASKS, endless, toCall } from "./mcp.fixture.ts";

let house: House;
let client: ModernClient;
beforeAll(async () => {
  house = await openHouse();
  client = new ModernClient(house);
});
beforeEach(() => {
  house.connector.script = echoScript;
  house.connector.canceled.length = 0;
});
afterAll(async () => await house[Symbol.asyncDispose]());

describe("the tasks extension", () => {
  const get = async (taskId: string): Promise<Json> =>
    await client.result("tasks/get", { taskId }, { capabilities: { ...TASKS, ...FORM } });

  test("turns a long call into a task, and back into its result", async () => {
    let release: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => {
      release = resolve;
    });
    house.connector.script = async function* (turn, agent) {
      yield agent.task();
      yield agent.status(TaskState.Working, "thinking");
      await gate;
      yield* echoScript(turn, agent);
    };
    const created = await client.say("x", { capabilities: TASKS });
    expect(created).toMatchObject({ resultType: "task", status: "working", ttlMs: null });
    expect(created.taskId).not.toContain("task_");
    expect(await get(created.taskId)).toMatchObject({
      resultType: "complete",
      status: "working",
      statusMessage: "thinking",
    });
    release();
    const done = await waitFor("the end", async () => {
      const task = await get(created.taskId);
      return task.status === "completed" && task;
    });
    expect(done.result).toEqual({ content: [{ type: "text", text: "x" }] });
    await client.result("tasks/cancel", { taskId: created.taskId }, { capabilities: TASKS });
  });

  test("answers at once what is done at once, and never makes a task for those who do not know them", async () => {
    expect((await client.say("x", { capabilities: TASKS })).resultType).toBe("complete");
    const gated = await client.call("tasks/get", { taskId: "x" });
    expect([gated.status, gated.json.error]).toEqual([
      400,
      expect.objectContaining({ code: -32021, data: { requiredCapabilities: TASKS } }),
    ]);
  });

  test("keeps a task to its caller", async () => {
    house.connector.script = endless;
    const { taskId } = await client.say("x", { capabilities: TASKS });
    const foreign = await client.call("tasks/get", { taskId }, { capabilities: TASKS, token: house.admin });
    expect(foreign.json.error.code).toBe(-32602);
    expect((await client.call("tasks/get", { taskId: "nonsense" }, { capabilities: TASKS })).json.error.code).toBe(
      -32602,
    );
    expect(await client.result("tasks/cancel", { taskId }, { capabilities: TASKS })).toMatchObject({
      resultType: "complete",
    });
    expect((await get(taskId)).status).toBe("cancelled");
  });

  test("is told of on a stream, until the task is over", async () => {
    house.connector.script = endless;
    const { taskId } = await client.say("x", { capabilities: TASKS });
    const listening = toCall(
      "subscriptions/listen",
      { notifications: { taskIds: [taskId] } },
      { capabilities: TASKS, id: 7 },
    );
    const { events } = await house.open("/agents/scripted/mcp", listening);
    const next = async (): Promise<Json> => (await events.next()).value?.data;
    const _meta = { "io.modelcontextprotocol/subscriptionId": 7 };
    expect(await next()).toMatchObject({ params: { _meta, notifications: { taskIds: [taskId] } } });
    expect(await next()).toMatchObject({ method: "notifications/tasks", params: { _meta, taskId, status: "working" } });
    await client.result("tasks/cancel", { taskId }, { capabilities: TASKS });
    expect(await next()).toMatchObject({ method: "notifications/tasks", params: { status: "cancelled" } });
    expect(await next()).toMatchObject({ id: 7, result: { resultType: "complete", _meta } });
  });

  test("says what the platform did not manage as an error, and what the agent did not as a result", async () => {
    house.connector.script = async function* (_turn, agent) {
      yield agent.task();
      throw new Error("secret");
    };
    expect((await client.call("tools/call", { name: "echo", arguments: { message: "x" } })).json.error).toMatchObject({
      code: -32603,
      data: { reason: "INTERNAL" },
    });
  });
});
