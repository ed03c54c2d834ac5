import { LOG_METADATA, TaskState } from "@berth/protocol";
import type { JsonValue, StreamResponse } from "@berth/protocol";
import { echoScript } from "@berth/testing";
import type { ScriptedAgent } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { CallOptions, House, Json } from "../gateway.fixture.ts";
import { ModernClient, toCall } from "./mcp.fixture.ts";

const PATH = "/agents/scripted/mcp";
const CALL = { name: "echo", arguments: { message: "x" } };

let house: House;
let client: ModernClient;
beforeAll(async () => {
  house = await openHouse({
    script: async function* (turn, agent) {
      yield agent.task();
      yield agent.status(TaskState.Working, "at it");
      yield logged(agent, "debug", { step: 1 });
      yield logged(agent, "warning", "hot");
      yield logged(agent, "shout", "no level that there is");
      yield* echoScript(turn, agent);
    },
  });
  client = new ModernClient(house);
});
afterAll(async () => await house[Symbol.asyncDispose]());

test("a caller of 2026 hears what is as severe as its request says, and nothing unasked", async () => {
  const call = async (meta: object): Promise<Json[]> =>
    await messages(toCall("tools/call", { ...CALL, _meta: meta }, {}));
  const level = (name: string): object => ({ "io.modelcontextprotocol/logLevel": name });
  const hot = { level: "warning", logger: "scripted", data: "hot" };
  expect(await call(level("debug"))).toEqual([{ level: "debug", logger: "scripted", data: { step: 1 } }, hot]);
  expect(await call(level("warning"))).toEqual([hot]);
  expect(await call(level("error"))).toEqual([]);
  expect(await call({})).toEqual([]);
  const refused = await client.call("tools/call", { ...CALL, _meta: level("loud") });
  expect([refused.status, refused.json.error.code]).toEqual([400, -32602]);
  expect((await client.call("logging/setLevel", { level: "info" })).json.error.code).toBe(-32601);
});

test("a session of 2025 hears info and above, or what it asks for", async () => {
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const begun = await house.call(PATH, { body: { jsonrpc: "2.0", id: 0, method: "initialize", params } });
  expect(begun.json.result.capabilities.logging).toEqual({});
  const headers = { "mcp-session-id": String(begun.headers["mcp-session-id"]) };
  const set = async (level: string): Promise<Json> =>
    (
      await house.call(PATH, {
        headers,
        body: { jsonrpc: "2.0", id: 1, method: "logging/setLevel", params: { level } },
      })
    ).json;
  const levels = async (): Promise<string[]> => {
    const body = { jsonrpc: "2.0", id: 2, method: "tools/call", params: CALL };
    return (await messages({ headers, body })).map(({ level }) => level);
  };
  expect(await levels()).toEqual(["warning"]);
  expect((await set("debug")).result).toEqual({});
  expect(await levels()).toEqual(["debug", "warning"]);
  expect((await set("emergency")).result).toEqual({});
  expect(await levels()).toEqual([]);
  expect((await set("loud")).error.code).toBe(-32602);
});

test("the log is the task's, and changes nothing else of it", async () => {
  const message = { messageId: "m-1", role: "ROLE_USER", parts: [{ text: "x" }] };
  const { task } = (await house.rpc("SendMessage", { message }, { token: house.admin })).json.result;
  expect(task.metadata).toBeUndefined();
  expect(task.history.map(({ parts }: Json) => parts[0].text)).toEqual(["x", "at it"]);
  const events = (await house.call(`/v1/tasks/${task.id}/events`, { token: house.admin })).text;
  expect(events).toContain(`"${LOG_METADATA}":{"level":"warning","data":"hot"}`);
});

async function messages({ headers = {}, body }: CallOptions): Promise<Json[]> {
  const accept = "application/json, text/event-stream";
  const answer = await house.call(PATH, { headers: { ...headers, accept }, body });
  const all: Json[] = answer.text
    .split("\n")
    .flatMap((line) => (line.startsWith("data: ") ? [JSON.parse(line.slice(6))] : []));
  return all.filter(({ method }) => method === "notifications/message").map(({ params }) => params);
}

function logged(agent: ScriptedAgent, level: string, data: JsonValue): StreamResponse {
  const frame = agent.status(TaskState.Working);
  if (!("statusUpdate" in frame)) return frame;
  return { statusUpdate: { ...frame.statusUpdate, metadata: { [LOG_METADATA]: { level, data } } } };
}
