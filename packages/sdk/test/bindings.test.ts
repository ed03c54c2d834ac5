import { describe, expect, test } from "vitest";
import { Message } from "@a2a-js/sdk";
import { ClientFactory } from "@a2a-js/sdk/client";
import { SKILL_SCHEMAS_EXTENSION } from "@berth/protocol";
import { skill } from "@berth/sdk";
import { createAgentClient, textMessage } from "@berth/sdk/client";
import { greet, serveForTest, testAgent } from "./agent-fixture.ts";

const agent = testAgent({ skills: { greet } });

async function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
}

const call = (method: string, params: unknown = {}): object => ({ jsonrpc: "2.0", id: 7, method, params });

describe("JSON-RPC", () => {
  test.each<[string, unknown, number, string]>([
    ["text that is no JSON", "{", -32700, "PARSE_ERROR"],
    ["a batch", [call("GetTask")], -32600, "INVALID_REQUEST"],
    ["a notification", { jsonrpc: "2.0", method: "GetTask" }, -32600, "INVALID_REQUEST"],
    ["an unknown method", call("message/send"), -32601, "METHOD_NOT_FOUND"],
    [
      "a message without parts",
      call("SendMessage", { message: { messageId: "1", role: "ROLE_USER", parts: [] } }),
      -32602,
      "INVALID_PARAMS",
    ],
    ["an unknown task", call("GetTask", { id: "x" }), -32001, "TASK_NOT_FOUND"],
    [
      "push notifications",
      call("ListTaskPushNotificationConfigs", { taskId: "x" }),
      -32003,
      "PUSH_NOTIFICATION_NOT_SUPPORTED",
    ],
    ["the extended card", call("GetExtendedAgentCard"), -32004, "UNSUPPORTED_OPERATION"],
  ])("answers %s with its code and reason", async (_name, body, code, reason) => {
    const { url } = await serveForTest(agent);
    const response = await post(url, body);
    expect(response.status).toBe(200);
    const { error } = (await response.json()) as { error: { code: number; data: { reason?: string }[] } };
    expect([error.code, error.data[0]?.reason]).toEqual([code, reason]);
  });

  test("another version is refused, a patch version is not", async () => {
    const { url } = await serveForTest(agent);
    const refused = await post(url, call("ListTasks"), { "a2a-version": "0.3" });
    expect(await refused.json()).toMatchObject({ id: 7, error: { code: -32009 } });
    const taken = await post(url, call("ListTasks"), { "a2a-version": "1.0.9" });
    expect(await taken.json()).toMatchObject({ id: 7, result: { tasks: [], nextPageToken: "", totalSize: 0 } });
  });

  test("a body that a web page may send unasked is refused", async () => {
    const { url } = await serveForTest(agent);
    const response = await post(url, call("ListTasks"), { "content-type": "text/plain" });
    expect(await response.json()).toMatchObject({ error: { data: [{ reason: "UNSUPPORTED_MEDIA_TYPE" }] } });
  });
});

describe("HTTP+JSON", () => {
  test("sends, reads, lists and refuses with a google.rpc.Status", async () => {
    const { url } = await serveForTest(agent);
    const sent = await post(`${url}message:send`, { message: textMessage("Ada") }, { accept: "application/a2a+json" });
    expect(sent.headers.get("content-type")).toBe("application/a2a+json");
    const { task } = (await sent.json()) as { task: { id: string } };
    const read = await fetch(`${url}tasks/${task.id}?historyLength=0`);
    expect(await read.json()).not.toHaveProperty("history");
    const list = await fetch(`${url}tasks?pageSize=1&includeArtifacts=true`);
    expect(await list.json()).toMatchObject({ tasks: [{ id: task.id, artifacts: [{}] }], totalSize: 1 });
    const canceled = await fetch(`${url}tasks/${task.id}:cancel`, { method: "POST" });
    expect([canceled.status, await canceled.json()]).toMatchObject([
      400,
      { error: { code: 400, status: "FAILED_PRECONDITION", details: [{ reason: "TASK_NOT_CANCELABLE" }] } },
    ]);
    const subscribed = await fetch(`${url}tasks/${task.id}:subscribe`);
    expect(subscribed.status).toBe(400);
  });

  test.each([
    ["tasks/none", 404],
    ["tasks?pageSize=0", 400],
    ["tasks?pageSize=x", 400],
    ["tasks/%E0%A4%A", 400],
    ["nowhere", 404],
    ["tasks/x/pushNotificationConfigs", 400],
  ])("GET %s answers %i", async (path, status) => {
    const { url } = await serveForTest(agent);
    const response = await fetch(url + path);
    expect(response.status).toBe(status);
    expect(await response.json()).toMatchObject({ error: { code: status } });
  });
});

test("the card has the skills with their schemas, and an ETag", async () => {
  const { url, client } = await serveForTest(agent);
  const card = await client.card();
  expect(card.skills).toEqual([{ id: "greet", name: "greet", description: "Greets.", tags: [] }]);
  expect(card.capabilities.extensions?.[0]).toMatchObject({
    uri: SKILL_SCHEMAS_EXTENSION,
    params: {
      skills: [{ id: "greet", inputSchema: { required: ["name"] }, outputSchema: { required: ["greeting"] } }],
    },
  });
  const first = await fetch(`${url}.well-known/agent-card.json`);
  const etag = first.headers.get("etag") ?? "";
  const second = await fetch(`${url}.well-known/agent-card.json`, { headers: { "if-none-match": etag } });
  expect(second.status).toBe(304);
});

test("a part of a type the card does not name is refused, text of any kind is not", async () => {
  const textOnly = skill({ description: "x", inputModes: ["text/plain"], run: () => "ok" });
  const { client } = await serveForTest(testAgent({ skills: { textOnly } }));
  const image = { ...textMessage("x"), parts: [{ raw: "AA==", mediaType: "image/png" }] };
  await expect(client.send({ message: image })).rejects.toMatchObject({ reason: "CONTENT_TYPE_NOT_SUPPORTED" });
  const markdown = { ...textMessage("x"), parts: [{ text: "# x", mediaType: "text/markdown" }] };
  expect(await client.send({ message: markdown })).toMatchObject({
    task: { status: { state: "TASK_STATE_COMPLETED" } },
  });
});

test("a task's messages stay in its context", async () => {
  const ask = skill({ description: "x", run: (_input, ctx) => ctx.ask("?") });
  const { client } = await serveForTest(testAgent({ skills: { ask } }));
  const answer = await client.send({ message: textMessage("x", { contextId: "mine" }) });
  const task = "task" in answer ? answer.task : undefined;
  expect(task?.contextId).toBe("mine");
  const other = client.send({ message: textMessage("x", { taskId: task?.id ?? "", contextId: "yours" }) });
  await expect(other).rejects.toMatchObject({ reason: "CONTEXT_MISMATCH" });
});

test("the official client sends and streams over both bindings", async () => {
  const { url } = await serveForTest(agent);
  for (const binding of ["JSONRPC", "HTTP+JSON"]) {
    const client = await new ClientFactory({
      ...new ClientFactory().options,
      preferredTransports: [binding],
    }).createFromUrl(url);
    const message = Message.fromJSON({ ...textMessage("Ada") });
    const result = await client.sendMessage({ message } as never);
    expect(result).toMatchObject({ artifacts: [{ name: "output" }] });
    const kinds: (string | undefined)[] = [];
    for await (const event of client.sendMessageStream({ message } as never)) kinds.push(event.payload?.$case);
    expect(kinds).toEqual(["task", "artifactUpdate", "statusUpdate"]);
  }
});

test("an address where nobody listens is told as such", async () => {
  const client = createAgentClient({ url: "http://127.0.0.1:9" });
  await expect(client.card()).rejects.toMatchObject({ name: "ConnectionError", retryable: true });
});
