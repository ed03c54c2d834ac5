import type { JsonObject, Task } from "@berth/protocol";
import { TaskState } from "@berth/protocol";
import { readFrames, waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { request } from "./bindings/http.ts";
import { BINDINGS, sayableInProtobuf } from "./bindings/index.ts";
import { House, saying, taskOf } from "./house.ts";

// One task, whichever door it came in by: A2A, MCP and plain HTTP are views of one log.

const house = new House();
beforeAll(async () => await house.open());
afterAll(async () => await house.close());

const [jsonRpc, httpJson] = BINDINGS;
if (jsonRpc === undefined || httpJson === undefined) throw new Error("there are at least two bindings");

interface ToolResult {
  readonly isError?: boolean;
  readonly content: readonly { readonly text?: string }[];
  readonly structuredContent?: JsonObject & { readonly task_id?: string };
}

const interview = async (args: JsonObject): Promise<ToolResult> => {
  const response = await request(house.target(), {
    method: "POST",
    path: "/mcp",
    headers: { accept: "application/json, text/event-stream", "mcp-protocol-version": "2025-11-25" },
    body: { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "interview", arguments: args } },
  });
  return ((await response.json()) as { result: ToolResult }).result;
};

const agentGet = async (path: string): Promise<Response> => await request(house.target(), { method: "GET", path });

/** The same caller at the platform's own API. */
const platformGet = async (path: string): Promise<{ task: Task; tasks: readonly { task: Task; agent: string }[] }> => {
  const target = { ...house.target(), base: house.platform.url };
  return (await (await request(target, { method: "GET", path })).json()) as Awaited<ReturnType<typeof platformGet>>;
};

const runOf = async (taskId: string): Promise<JsonObject> =>
  await waitFor("the receipt", async () => {
    const response = await agentGet(`/runs/${taskId}/receipt`);
    if (response.status !== 200) return false;
    const { statement } = (await response.json()) as { statement: { predicate: { run: JsonObject } } };
    return statement.predicate.run;
  });

describe("a task begun over MCP", () => {
  test("[DOOR-ONE-001] is the same task over A2A and plain HTTP, and its receipt names both doors", async () => {
    const asked = await interview({ question: "Your name?" });
    const id = asked.structuredContent?.task_id ?? "";
    expect(asked.structuredContent).toMatchObject({ state: TaskState.InputRequired, question: "Your name?" });

    const task = await house.client(jsonRpc).get({ id });
    expect(task).toMatchObject({ id, status: { state: TaskState.InputRequired } });
    const { artifacts: _artifacts, ...listed } = task;
    for (const binding of BINDINGS) {
      const sayable = binding.name === "GRPC" ? sayableInProtobuf : (answer: unknown): unknown => answer;
      const client = house.client(binding);
      expect(sayable(await client.get({ id }))).toEqual(sayable(task));
      const { tasks } = await client.list({ contextId: task.contextId, historyLength: 100 });
      expect(sayable(tasks)).toEqual(sayable([listed]));
    }
    expect((await platformGet(`/v1/tasks/${id}`)).task).toEqual(task);
    const { tasks } = await platformGet("/v1/tasks?agent=actor&status=TASK_STATE_INPUT_REQUIRED");
    expect(tasks.find((each) => each.task.id === id)).toMatchObject({ agent: "actor", task: { status: task.status } });

    const subscription = await house.client(httpJson).subscribe({ id });
    const answered = taskOf(await house.client(jsonRpc).send(saying("Ada", { taskId: id })));
    expect(answered).toMatchObject({ id, status: { state: TaskState.Completed } });
    expect(answered.artifacts).toMatchObject([{ parts: [{ data: { answer: "Ada" } }] }]);

    const seen = [];
    for await (const { frame } of subscription) seen.push(Object.keys(frame)[0]);
    expect(seen).toEqual(["task", "statusUpdate", "artifactUpdate", "statusUpdate"]);
    expect(await (await agentGet(`/tasks/${id}`)).json()).toEqual(answered);
    expect((await platformGet(`/v1/tasks/${id}`)).task).toEqual(answered);
    const frames = [];
    for await (const { data } of readFrames(await agentGet(`/sse/${id}`))) frames.push(data);
    expect(frames).toEqual([{ task: answered }]);

    const late = await interview({ question: "Your name?", task_id: id, message: "Grace" });
    expect([late.isError, late.content[0]?.text]).toEqual([true, expect.stringContaining(TaskState.Completed)]);
    expect(await house.client(httpJson).get({ id })).toEqual(answered);

    expect(await runOf(id)).toMatchObject({
      task_id: id,
      skill: "interview",
      status: "completed",
      protocol: "mcp",
      protocols: ["mcp", "a2a"],
    });
  });
});

describe("a task begun over plain HTTP", () => {
  test("[DOOR-ONE-002] is answered over MCP, canceled by nobody, and seen with one history", async () => {
    const body = { question: "Your name?" };
    const invoked = await request(house.target(), { method: "POST", path: "/invoke/interview", body });
    const { taskId, state } = (await invoked.json()) as { taskId: string; state: string };
    expect(state).toBe(TaskState.InputRequired);

    const result = await interview({ ...body, task_id: taskId, message: "Ada" });
    expect(result.structuredContent).toMatchObject({ answer: "Ada" });

    const task = await house.client(httpJson).get({ id: taskId });
    expect(task.history?.map(({ role }) => role)).toEqual(["ROLE_USER", "ROLE_AGENT", "ROLE_USER"]);
    expect(await house.client(jsonRpc).get({ id: taskId })).toEqual(task);
    expect((await platformGet(`/v1/tasks/${taskId}`)).task).toEqual(task);
    expect(await runOf(taskId)).toMatchObject({ protocol: "rest", protocols: ["rest", "mcp"] });
  });
});

describe("a task begun over A2A", () => {
  test("[DOOR-ONE-003] that never used another door says so", async () => {
    const { id } = taskOf(await house.client(jsonRpc).send(saying("ask what?")));
    await house.client(httpJson).send(saying("echo that", { taskId: id }));
    expect(await runOf(id)).toMatchObject({ protocol: "a2a", protocols: ["a2a"] });
  });

  test("[DOOR-ONE-004] is canceled at the platform's own door, and A2A sees it", async () => {
    const { id } = taskOf(await house.client(jsonRpc).send(saying("ask what?")));
    const stream = await house.client(httpJson).subscribe({ id });
    const target = { ...house.target(), base: house.platform.url };
    const canceled = await request(target, { method: "POST", path: `/v1/tasks/${id}/cancel`, body: {} });
    expect(await canceled.json()).toMatchObject({ task: { status: { state: TaskState.Canceled } } });
    const frames = [];
    for await (const { frame } of stream) frames.push(frame);
    expect(frames.at(-1)).toMatchObject({ statusUpdate: { status: { state: TaskState.Canceled } } });
  });
});
