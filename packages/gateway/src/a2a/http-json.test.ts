import { TaskState } from "@berth/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => await house[Symbol.asyncDispose]());

describe("A2A 1.0 over HTTP+JSON", () => {
  test("answers in the JSON media type of the request", async () => {
    const body = JSON.stringify(textMessage("hello"));
    for (const type of ["application/json", "application/a2a+json"]) {
      const answer = await house.call("/agents/scripted/message:send", { body, headers: { "content-type": type } });
      expect(answer.headers["content-type"]).toBe(type);
      expect(answer.json.task.status.state).toBe(TaskState.Completed);
    }
    const id = JSON.parse((await house.call("/agents/scripted/message:send", { body })).text).task.id;
    const asked = await house.call(`/agents/scripted/tasks/${id}`, { headers: { accept: "application/a2a+json" } });
    expect(asked.headers["content-type"]).toBe("application/a2a+json");
    expect((await house.call(`/agents/scripted/tasks/${id}`)).headers["content-type"]).toBe("application/json");
  });

  test("has every operation at its address", async () => {
    const { json } = await house.call("/agents/scripted/message:send", { body: textMessage("hello") });
    const { id } = json.task;
    expect((await house.call(`/agents/scripted/tasks/${id}?historyLength=0`)).json).not.toHaveProperty("history");
    const list = await house.call("/agents/scripted/tasks?pageSize=1&includeArtifacts=true");
    expect(list.json).toMatchObject({ pageSize: 1, tasks: [{ id }] });
    const missed = await house.open(`/agents/scripted/tasks/${id}:subscribe?after=4`);
    expect((await Array.fromAsync(missed.events)).map((each) => each.id)).toEqual(["5", "6", "7"]);
    const configs = `/agents/scripted/tasks/${id}/pushNotificationConfigs`;
    const refused = [
      await house.call(configs, { body: {} }),
      await house.call(configs),
      await house.call(`${configs}/1`),
      await house.call(`${configs}/1`, { method: "DELETE" }),
    ];
    for (const { status, json } of refused) {
      expect(status).toBe(400);
      expect(json.error).toMatchObject({
        code: 400,
        status: "FAILED_PRECONDITION",
        details: [{ reason: "PUSH_NOTIFICATION_NOT_SUPPORTED" }],
      });
    }
    expect((await house.call("/agents/scripted/extendedAgentCard")).json.error.details[0].reason).toBe(
      "UNSUPPORTED_OPERATION",
    );
  });

  test("errors are google.rpc.Status with the status of A2A's table", async () => {
    const { json } = await house.call("/agents/scripted/message:send", { body: textMessage("hello") });
    const over = await house.call(`/agents/scripted/tasks/${json.task.id}:cancel`, { method: "POST" });
    expect(over.status).toBe(400);
    expect(over.json.error).toMatchObject({
      code: 400,
      status: "FAILED_PRECONDITION",
      details: [
        {
          "@type": "type.googleapis.com/google.rpc.ErrorInfo",
          reason: "TASK_NOT_CANCELABLE",
          domain: "a2a-protocol.org",
        },
      ],
    });
    const ended = await house.call(`/agents/scripted/tasks/${json.task.id}:subscribe`);
    expect([ended.status, ended.json.error.details[0].reason]).toEqual([400, "UNSUPPORTED_OPERATION"]);
    const unknown = await house.call("/agents/scripted/tasks/task_x");
    expect([unknown.status, unknown.json.error.status]).toEqual([404, "NOT_FOUND"]);
    const mode = textMessage("x", { parts: [{ raw: "AA==", mediaType: "image/png" }] });
    const refused = await house.call("/agents/scripted/message:send", { body: mode });
    expect([refused.status, refused.json.error.details[0].reason]).toEqual([400, "CONTENT_TYPE_NOT_SUPPORTED"]);
    const version = await house.call("/agents/scripted/tasks", { headers: { "a2a-version": "9.9" } });
    expect([version.status, version.json.error.details[0].reason]).toEqual([400, "VERSION_NOT_SUPPORTED"]);
    for (const query of [
      "pageSize=0",
      "pageSize=101",
      "pageSize=x",
      "status=NOPE",
      "historyLength=-1",
      "pageToken=%00",
      "includeArtifacts=maybe",
    ]) {
      const answer = await house.call(`/agents/scripted/tasks?${query}`);
      expect([answer.status, answer.json.error?.details[0].reason], query).toEqual([400, "INVALID_PARAMS"]);
    }
  });

  test("a method that an address does not have is 405 with those it has", async () => {
    const answer = await house.call("/agents/scripted/message:send");
    expect([answer.status, answer.headers.allow]).toEqual([405, "POST, OPTIONS"]);
    const options = await house.call("/agents/scripted/tasks", { method: "OPTIONS" });
    expect([options.status, options.headers.allow]).toEqual([204, "GET, POST, HEAD, OPTIONS"]);
    const head = await house.call("/agents/scripted/sse/x", { method: "HEAD" });
    expect(head.status).toBe(405);
    expect((await house.call("/agents/scripted/tasks/x/y")).status).toBe(404);
  });
});

describe("A2A 0.3 over HTTP+JSON", () => {
  const message = (text: string): object => ({
    message: { messageId: crypto.randomUUID(), role: "ROLE_USER", content: [{ text }] },
    configuration: { blocking: true },
  });

  test("has its own addresses and shapes", async () => {
    const sent = await house.call("/agents/scripted/v1/message:send", { body: message("hello") });
    expect(sent.status).toBe(200);
    const { id } = sent.json.task;
    expect((await house.call(`/agents/scripted/v1/tasks/${id}`)).json.id).toBe(id);
    const stream = await house.open("/agents/scripted/v1/message:stream", { body: message("hello") });
    const events = await Array.fromAsync(stream.events);
    expect(events.map(({ data }) => Object.keys(data)[0])).toEqual([
      "task",
      "statusUpdate",
      "artifactUpdate",
      "statusUpdate",
    ]);
    expect(events.at(-1)?.data.statusUpdate.final).toBe(true);
    const missed = await house.open(`/agents/scripted/v1/tasks/${id}:subscribe`, { headers: { "last-event-id": "5" } });
    expect(await Array.fromAsync(missed.events)).toHaveLength(2);
    expect((await house.call("/agents/scripted/v1/card")).json.name).toBe("scripted");
  });

  test("errors are a code and a message", async () => {
    const unknown = await house.call("/agents/scripted/v1/tasks/task_x");
    expect([unknown.status, unknown.json.code]).toEqual([404, -32001]);
    const push = await house.call("/agents/scripted/v1/tasks/task_x/pushNotificationConfigs", { body: {} });
    expect(push.json.code).toBe(-32003);
    const wrong = await house.call("/agents/scripted/v1/message:send", { body: {} });
    expect([wrong.status, wrong.json.code]).toEqual([400, -32602]);
    const modern = await house.call("/agents/scripted/v1/tasks/x", { headers: { "a2a-version": "1.0" } });
    expect(modern.json.code).toBe(-32009);
  });
});

describe("A2A 0.3 over JSON-RPC", () => {
  const params = (text: string): object => ({
    message: { kind: "message", messageId: crypto.randomUUID(), role: "user", parts: [{ kind: "text", text }] },
    configuration: { blocking: true },
  });

  test("answers in 0.3 shapes and says which event is the last", async () => {
    const sent = await house.rpc("message/send", params("hello"));
    expect(sent.json.result).toMatchObject({ kind: "task", status: { state: "completed" } });
    const body = { jsonrpc: "2.0", id: 1, method: "message/stream", params: params("hello") };
    const events = await Array.fromAsync((await house.open("/agents/scripted/", { body })).events);
    expect(events.map(({ data }) => data.result.kind)).toEqual([
      "task",
      "status-update",
      "artifact-update",
      "status-update",
    ]);
    expect(events.map(({ data }) => data.result.final)).toEqual([undefined, false, undefined, true]);
    const { id } = sent.json.result;
    expect((await house.rpc("tasks/get", { id })).json.result.kind).toBe("task");
    expect((await house.rpc("tasks/cancel", { id })).json.error.code).toBe(-32002);
  });
});
