import { fileURLToPath } from "node:url";
import { SendMessageRequest, StreamResponse, Task } from "@a2a-js/sdk";
import { ClientFactory, ClientFactoryOptions, JsonRpcTransportFactory, RestTransportFactory } from "@a2a-js/sdk/client";
import {
  ClientFactory as LegacyClientFactory,
  ClientFactoryOptions as LegacyClientFactoryOptions,
} from "a2a-sdk-v03/client";
import { SKILL_CALL_METADATA } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The official clients, unmodified, against a deployed agent through the gateway: A2A 1.0 by @a2a-js/sdk 1.3.0,
// 0.3 by @a2a-js/sdk 0.3.14, each over JSON-RPC and HTTP+JSON.

const ECHO = fileURLToPath(new URL("../../examples/echo", import.meta.url));

const folder = temporaryFolder();
let platform: PlatformProcess;
let base = "";

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  await deployFolder(platform, ECHO, { name: "echo" });
  base = `${platform.url}/agents/echo/`;
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

let sent = 0;
function messageId(): string {
  sent += 1;
  return `sdk-client-${sent}`;
}

const call = (skill: string, input: JsonObject): JsonObject => ({ [SKILL_CALL_METADATA]: { skill, input } });

describe.each(["JSONRPC", "HTTP+JSON"])("@a2a-js/sdk 1.3.0 over %s", (binding) => {
  const open = async () => {
    const transports = [new JsonRpcTransportFactory(), new RestTransportFactory()];
    const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
      transports: transports.filter(({ protocolName }) => protocolName === binding),
      preferredTransports: [binding],
    });
    return await new ClientFactory(options).createFromUrl(base);
  };
  const request = (skill: string, input: JsonObject, change: object = {}) =>
    SendMessageRequest.fromJSON({
      message: {
        messageId: messageId(),
        role: "ROLE_USER",
        parts: [{ data: input }],
        metadata: call(skill, input),
        ...change,
      },
    });
  type Json = { [key: string]: Json } & { [index: number]: Json };
  const json = (value: unknown): Json => value as Json; // decoded by the SDK, asserted field by field below

  const taskIdOf = (first: IteratorResult<StreamResponse>): string => {
    const frame = first.done === true ? undefined : (StreamResponse.toJSON(first.value) as { task?: { id?: string } });
    return frame?.task?.id ?? "";
  };

  test("sends and gets the answer", async () => {
    const client = await open();
    const result = await client.sendMessage(request("echo", { text: "hi" }));
    const task = json(Task.toJSON(result as Task));
    expect(task["status"]?.["state"]).toBe("TASK_STATE_COMPLETED");
    expect(task["artifacts"]?.[0]?.["parts"]?.[0]?.["data"]).toEqual({ text: "hi" });
  });

  test("streams Task first, then updates to the end", async () => {
    const client = await open();
    const kinds: string[] = [];
    let last: Json | undefined;
    for await (const event of client.sendMessageStream(request("slow", { ms: 20, steps: 3 }))) {
      last = json(StreamResponse.toJSON(event));
      kinds.push(Object.keys(last)[0] ?? "");
    }
    expect(kinds[0]).toBe("task");
    expect(kinds.filter((kind) => kind === "statusUpdate").length).toBeGreaterThanOrEqual(4);
    expect(last?.["statusUpdate"]?.["status"]?.["state"]).toBe("TASK_STATE_COMPLETED");
  });

  test("answers a question", async () => {
    const client = await open();
    const asked = json(Task.toJSON((await client.sendMessage(request("ask", { question: "Name?" }))) as Task));
    expect(asked["status"]?.["state"]).toBe("TASK_STATE_INPUT_REQUIRED");
    const answer = SendMessageRequest.fromJSON({
      message: { messageId: messageId(), taskId: asked["id"], role: "ROLE_USER", parts: [{ text: "Ada" }] },
    });
    const done = json(Task.toJSON((await client.sendMessage(answer)) as Task));
    expect(done["id"]).toBe(asked["id"]);
    expect(done["status"]?.["state"]).toBe("TASK_STATE_COMPLETED");
    expect(JSON.stringify(done["artifacts"])).toContain("Ada");
  });

  test("cancels, and the stream of the task ends in CANCELED", async () => {
    const client = await open();
    const stream = client.sendMessageStream(request("hang", {}));
    const first = await stream.next();
    const id = taskIdOf(first);
    const canceled = json(Task.toJSON(await client.cancelTask({ id, tenant: "", metadata: undefined })));
    expect(canceled["status"]?.["state"]).toBe("TASK_STATE_CANCELED");
    let last: Json | undefined;
    for await (const event of stream) last = json(StreamResponse.toJSON(event));
    expect(last?.["statusUpdate"]?.["status"]?.["state"]).toBe("TASK_STATE_CANCELED");
  });

  test("subscribes again after leaving, and reads the task", async () => {
    const client = await open();
    const stream = client.sendMessageStream(request("slow", { ms: 100, steps: 10 }));
    const first = await stream.next();
    const id = taskIdOf(first);
    await stream.return(undefined);
    let last: Json | undefined;
    for await (const event of client.resubscribeTask({ id, tenant: "" })) last = json(StreamResponse.toJSON(event));
    expect(last?.["statusUpdate"]?.["status"]?.["state"]).toBe("TASK_STATE_COMPLETED");
    const task = json(Task.toJSON(await client.getTask({ id, tenant: "", historyLength: undefined })));
    expect(task["status"]?.["state"]).toBe("TASK_STATE_COMPLETED");
  });
});

describe.each(["JSONRPC", "HTTP+JSON"] as const)("@a2a-js/sdk 0.3.14 over %s", (binding) => {
  const open = async () => {
    const options = LegacyClientFactoryOptions.createFrom(LegacyClientFactoryOptions.default, {
      preferredTransports: [binding],
    });
    return await new LegacyClientFactory(options).createFromUrl(base);
  };
  const params = (skill: string, input: JsonObject) => ({
    message: {
      kind: "message" as const,
      messageId: messageId(),
      role: "user" as const,
      parts: [{ kind: "data" as const, data: { ...input } }],
      metadata: { ...call(skill, input) },
    },
  });

  test("sends and gets the answer", async () => {
    const client = await open();
    const result = await client.sendMessage(params("echo", { text: "hi" }));
    if (result.kind !== "task") throw new Error("expected a task");
    expect(result.status.state).toBe("completed");
    expect(result.artifacts?.[0]?.parts[0]).toMatchObject({ kind: "data", data: { text: "hi" } });
  });

  test("streams Task first, and the last event is final", async () => {
    const client = await open();
    const events = [];
    for await (const event of client.sendMessageStream(params("slow", { ms: 20, steps: 3 }))) events.push(event);
    expect(events[0]?.kind).toBe("task");
    expect(events.at(-1)).toMatchObject({ kind: "status-update", final: true, status: { state: "completed" } });
    expect(events.slice(0, -1).some((event) => event.kind === "status-update" && event.final)).toBe(false);
  });

  test("answers a question", async () => {
    const client = await open();
    const asked = await client.sendMessage(params("ask", { question: "Name?" }));
    if (asked.kind !== "task") throw new Error("expected a task");
    expect(asked.status.state).toBe("input-required");
    const done = await client.sendMessage({
      message: {
        kind: "message",
        messageId: messageId(),
        taskId: asked.id,
        role: "user",
        parts: [{ kind: "text", text: "Ada" }],
      },
    });
    if (done.kind !== "task") throw new Error("expected a task");
    expect(done.status.state).toBe("completed");
    expect(JSON.stringify(done.artifacts)).toContain("Ada");
  });

  test("cancels, and the stream of the task ends in canceled", async () => {
    const client = await open();
    const stream = client.sendMessageStream(params("hang", {}));
    const first = await stream.next();
    const id = first.done !== true && first.value.kind === "task" ? first.value.id : "";
    expect(await client.cancelTask({ id })).toMatchObject({ status: { state: "canceled" } });
    const rest = [];
    for await (const event of stream) rest.push(event);
    expect(rest.at(-1)).toMatchObject({ kind: "status-update", final: true, status: { state: "canceled" } });
  });

  test("subscribes again after leaving, and reads the task", async () => {
    const client = await open();
    const stream = client.sendMessageStream(params("slow", { ms: 100, steps: 10 }));
    const first = await stream.next();
    const id = first.done !== true && first.value.kind === "task" ? first.value.id : "";
    await stream.return(undefined);
    const rest = [];
    for await (const event of client.resubscribeTask({ id })) rest.push(event);
    expect(rest.at(-1)).toMatchObject({ kind: "status-update", final: true, status: { state: "completed" } });
    expect(await client.getTask({ id })).toMatchObject({ status: { state: "completed" } });
  });

  test("is told why there is no stream", async () => {
    const client = await open();
    await expect(client.resubscribeTask({ id: "task_none" }).next()).rejects.toThrow("Task not found");
  });
});
