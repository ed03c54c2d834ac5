import { skill } from "@berth/sdk";
import { textMessage } from "@berth/sdk/client";
import { expect, test } from "vitest";
import { gate, greet, serveForTest, testAgent } from "./agent-fixture.ts";

interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly text: string;
}

async function post(url: string, path: string, body: unknown): Promise<Answer> {
  const response = await fetch(new URL(path, url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: response.status, type: response.headers.get("content-type"), text: await response.text() };
}

const UNARY = "/api/reasoning_engine";
const STREAM = "/api/stream_reasoning_engine";
const call = (method: string, params: object = {}): object => ({ jsonrpc: "2.0", id: 7, method, params });
const query = (input: object): object => ({ class_method: "query", input });
const streamQuery = (input: object): object => ({ class_method: "stream_query", input });

test("an agent answers what Agent Engine asks its container: JSON-RPC in an envelope, line by line for a stream", async () => {
  const { url } = await serveForTest(testAgent({ skills: { greet }, onMessage: async () => "said" }));
  const params = { message: textMessage("hi") };
  const sent = JSON.parse((await post(url, UNARY, query(call("SendMessage", params)))).text);
  expect(sent).toMatchObject({ output: { jsonrpc: "2.0", id: 7, result: {} } });
  const card = JSON.parse((await post(url, UNARY, query(call("GetExtendedAgentCard")))).text);
  expect(card.output.result).toMatchObject({ name: "test", skills: [{ id: "greet" }] });
  const streamed = await post(url, STREAM, streamQuery(call("SendStreamingMessage", params)));
  expect(streamed.type).toBe("application/x-ndjson");
  const lines = streamed.text.split("\n").filter((line) => line !== "");
  expect(lines.map((line) => JSON.parse(line).id)).toEqual(lines.map(() => 7));
  expect(lines.at(-1)).toMatch(/said/);
});

test("a stream's first line is sent while the agent works", async () => {
  const { opened, open } = gate();
  const slow = skill({ description: "Waits.", run: async () => await opened });
  const { url } = await serveForTest(testAgent({ skills: { slow } }));
  const response = await fetch(new URL(STREAM, url), {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(streamQuery(call("SendStreamingMessage", { message: textMessage("go") }))),
  });
  const reader = response.body?.getReader();
  expect(Buffer.from((await reader?.read())?.value ?? []).toString()).toMatch(/TASK_STATE_WORKING.*\n$/s);
  open();
  await reader?.cancel();
});

test.each<[string, string, unknown, string]>([
  ["another class method", UNARY, { class_method: "register", input: {} }, "INVALID_REQUEST"],
  ["no envelope", UNARY, call("SendMessage"), "INVALID_REQUEST"],
  ["text that is no JSON", UNARY, "{", "PARSE_ERROR"],
  ["a stream where there is none", UNARY, query(call("SubscribeToTask", { id: "x" })), "UNSUPPORTED_OPERATION"],
  ["a task that is not there", UNARY, query(call("GetTask", { id: "x" })), "TASK_NOT_FOUND"],
  ["the same on a stream", STREAM, streamQuery(call("SubscribeToTask", { id: "x" })), "TASK_NOT_FOUND"],
])("%s is an answer that says so", async (_what, path, body, reason) => {
  const { url } = await serveForTest(testAgent({ skills: { greet } }));
  const { status, text } = await post(url, path, body);
  expect(status).toBe(200);
  const value = JSON.parse(text);
  expect((path === UNARY ? value.output : value).error.data[0].reason).toBe(reason);
});
