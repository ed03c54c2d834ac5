import { once } from "node:events";
import { TaskState } from "@berth/protocol";
import { echoScript, waitFor } from "@berth/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { Answer, House, Json } from "../gateway.fixture.ts";
import { endless, greeter } from "./mcp.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => {
  house.connector.script = echoScript;
  house.connector.canceled.length = 0;
});
afterAll(async () => await house[Symbol.asyncDispose]());

const PATH = "/agents/scripted/mcp";
const STREAM = { accept: "application/json, text/event-stream" };

async function begin(capabilities: object): Promise<{ readonly "mcp-session-id": string }> {
  const params = { protocolVersion: "2025-11-25", capabilities, clientInfo: { name: "t", version: "1" } };
  const answer = await house.call(PATH, { body: { jsonrpc: "2.0", id: 0, method: "initialize", params } });
  return { "mcp-session-id": String(answer.headers["mcp-session-id"]) };
}

const post = async (body: object, headers = {}): Promise<Answer> =>
  await house.call(PATH, { body: { jsonrpc: "2.0", ...body }, headers });

const callTool = async (id: number, headers: object): ReturnType<House["open"]> =>
  await house.open(PATH, {
    headers: { ...STREAM, ...headers },
    body: {
      jsonrpc: "2.0",
      id,
      method: "tools/call",
      params: { name: "echo", arguments: { message: "hi" }, _meta: { progressToken: 1 } },
    },
  });

describe("a session of 2025", () => {
  test("is carried by its client, and is nobody else's", async () => {
    const session = await begin({ elicitation: {} });
    expect((await post({ id: 1, method: "ping" }, session)).json.result).toEqual({});
    expect((await post({ id: 1, method: "ping" }, { "mcp-session-id": "made-up" })).status).toBe(404);
    const foreign = { ...session, authorization: `Bearer ${house.admin}` };
    expect((await post({ id: 1, method: "ping" }, foreign)).status).toBe(404);
  });

  test("is asked on the stream of the call, and its answer lets the call go on", async () => {
    house.connector.script = greeter;
    const session = await begin({ elicitation: {} });
    const { events } = await callTool(1, session);
    const asked: Json = (await events.next()).value?.data;
    expect(asked).toMatchObject({ method: "elicitation/create", params: { message: "Who are you?" } });
    const result = { action: "accept", content: { name: "Ada" } };
    expect((await post({ id: "made-up", result }, session)).status).toBe(202);
    expect((await post({ id: asked.id, result }, { ...session, authorization: `Bearer ${house.admin}` })).status).toBe(
      202,
    );
    expect((await post({ id: asked.id, result }, session)).status).toBe(202);
    const done: Json = (await events.next()).value?.data;
    expect(done).toMatchObject({ id: 1, result: { content: [{ text: 'Hello {"name":"Ada"}' }] } });
    expect((await post({ id: asked.id, result }, session)).status).toBe(202);
  });

  test("whose user does not want to answer ends the task", async () => {
    house.connector.script = greeter;
    const session = await begin({ elicitation: {} });
    const { events } = await callTool(1, session);
    const asked: Json = (await events.next()).value?.data;
    await post({ id: asked.id, error: { code: -1, message: "no" } }, session);
    const done: Json = (await events.next()).value?.data;
    expect(done.result.isError).toBe(true);
  });

  test("that cannot ask anybody gets the question as text", async () => {
    house.connector.script = greeter;
    const params = { name: "echo", arguments: { message: "hi" } };
    const { json } = await post({ id: 1, method: "tools/call", params }, { ...STREAM, ...(await begin({})) });
    expect(json.result.structuredContent).toMatchObject({ state: TaskState.InputRequired });
  });

  test("cancels its own calls, and not those of others with the same id", async () => {
    house.connector.script = endless;
    const [mine, theirs] = [await begin({}), await begin({})];
    const { events } = await callTool(1, mine);
    await events.next();
    const cancel = { method: "notifications/cancelled", params: { requestId: 1 } };
    expect((await post(cancel, theirs)).status).toBe(202);
    expect((await post(cancel)).status).toBe(202);
    expect(house.connector.canceled).toEqual([]);
    expect((await post(cancel, mine)).status).toBe(202);
    await waitFor("the cancel", () => house.connector.canceled.length === 1);
    expect((await events.next()).done).toBe(true);
  });

  test("that goes away leaves its task running", async () => {
    const { promise: gate, resolve: release } = Promise.withResolvers<void>();
    house.connector.script = async function* (turn, agent) {
      yield agent.task();
      yield agent.status(TaskState.Working, "at it");
      await gate;
      yield* echoScript(turn, agent);
    };
    const { response, events, close } = await callTool(1, await begin({}));
    await events.next();
    const gone = once(response, "close");
    close();
    await gone;
    const taskId = house.connector.turns.at(-1)?.taskId ?? "";
    release();
    await waitFor("the end", async () => {
      const { json } = await house.call(`/v1/tasks/${taskId}`, { token: house.admin });
      return json.task.status.state === TaskState.Completed;
    });
    expect(house.connector.canceled).toEqual([]);
  });
});
