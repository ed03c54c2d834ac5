import { fileURLToPath } from "node:url";
import { AgentCard, ListTasksResponse, SendMessageRequest, StreamResponse, Task, TaskState } from "@a2a-js/sdk";
import { ClientFactory, ClientFactoryOptions } from "@a2a-js/sdk/client";
import { GrpcTransportFactory } from "@a2a-js/sdk/client/grpc";
import { fromGrpcError } from "@a2a-js/sdk/errors/grpc";
import type { ServiceError } from "@grpc/grpc-js";
import { GrpcTransport as LegacyGrpcTransport } from "a2a-sdk-v03/client/grpc";
import { SKILL_CALL_METADATA } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The official gRPC clients, unmodified, against a deployed agent: A2A 1.0 by @a2a-js/sdk 1.3.0, 0.3 by 0.3.14.

const ECHO = fileURLToPath(new URL("../../examples/echo", import.meta.url));

type Json = { [key: string]: Json } & { [index: number]: Json } & { readonly length?: number };
const json = (value: unknown): Json => value as Json; // decoded by the SDK, asserted field by field below

const folder = temporaryFolder();
let platform: PlatformProcess;
let card: AgentCard;
let address = "";

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  await deployFolder(platform, ECHO, { name: "echo" });
  const response = await platform.fetch("/agents/echo/.well-known/agent-card.json", {
    headers: { "A2A-Version": "1.0" },
  });
  card = AgentCard.fromJSON(await response.json());
  address = card.supportedInterfaces.find(({ protocolBinding }) => protocolBinding === "GRPC")?.url ?? "";
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

let sent = 0;
function messageId(): string {
  sent += 1;
  return `grpc-client-${sent}`;
}

const call = (skill: string, input: JsonObject): JsonObject => ({ [SKILL_CALL_METADATA]: { skill, input } });

describe("@a2a-js/sdk 1.3.0 over gRPC", () => {
  const open = async () => {
    const options = ClientFactoryOptions.createFrom(ClientFactoryOptions.default, {
      transports: [new GrpcTransportFactory()],
      preferredTransports: ["GRPC"],
    });
    return await new ClientFactory(options).createFromAgentCard(card);
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
  const taskIdOf = (first: IteratorResult<StreamResponse>): string =>
    first.done !== true && first.value.payload?.$case === "task" ? first.value.payload.value.id : "";

  test("is told by the card where gRPC is and that the agent is its tenant", () => {
    expect(card.supportedInterfaces.filter(({ protocolBinding }) => protocolBinding === "GRPC")).toEqual([
      {
        url: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        protocolBinding: "GRPC",
        tenant: "echo",
        protocolVersion: "1.0",
      },
    ]);
  });

  test("sends and gets the answer", async () => {
    const client = await open();
    const task = json(Task.toJSON((await client.sendMessage(request("echo", { text: "hi" }))) as Task));
    expect(task["status"]?.["state"]).toBe("TASK_STATE_COMPLETED");
    expect(task["artifacts"]?.[0]?.["parts"]?.[0]?.["data"]).toEqual({ text: "hi" });
  });

  test("streams Task first, then updates to the end", async () => {
    const client = await open();
    const events: Json[] = [];
    for await (const event of client.sendMessageStream(request("slow", { ms: 20, steps: 3 }))) {
      events.push(json(StreamResponse.toJSON(event)));
    }
    expect(Object.keys(events[0] ?? {})).toEqual(["task"]);
    expect(events.filter((event) => "statusUpdate" in event).length).toBeGreaterThanOrEqual(4);
    expect(events.at(-1)?.["statusUpdate"]?.["status"]?.["state"]).toBe("TASK_STATE_COMPLETED");
  });

  test("answers a question", async () => {
    const client = await open();
    const asked = json(Task.toJSON((await client.sendMessage(request("ask", { question: "Name?" }))) as Task));
    expect(asked["status"]?.["state"]).toBe("TASK_STATE_INPUT_REQUIRED");
    const answer = SendMessageRequest.fromJSON({
      message: { messageId: messageId(), taskId: asked["id"], role: "ROLE_USER", parts: [{ text: "Ada" }] },
    });
    const done = json(Task.toJSON((await client.sendMessage(answer)) as Task));
    expect([done["id"], done["status"]?.["state"]]).toEqual([asked["id"], "TASK_STATE_COMPLETED"]);
    expect(JSON.stringify(done["artifacts"])).toContain("Ada");
  });

  test("cancels, and the stream of the task ends in CANCELED", async () => {
    const client = await open();
    const stream = client.sendMessageStream(request("hang", {}));
    const id = taskIdOf(await stream.next());
    const canceled = json(Task.toJSON(await client.cancelTask({ id, tenant: "", metadata: undefined })));
    expect(canceled["status"]?.["state"]).toBe("TASK_STATE_CANCELED");
    let last: Json | undefined;
    for await (const event of stream) last = json(StreamResponse.toJSON(event));
    expect(last?.["statusUpdate"]?.["status"]?.["state"]).toBe("TASK_STATE_CANCELED");
    await expect(client.cancelTask({ id, tenant: "", metadata: undefined })).rejects.toMatchObject({
      reason: "TASK_NOT_CANCELABLE",
    });
  });

  test("subscribes again after leaving, reads the task and lists it", async () => {
    const client = await open();
    const contextId = `grpc-${messageId()}`;
    const stream = client.sendMessageStream(request("slow", { ms: 100, steps: 10 }, { contextId }));
    const id = taskIdOf(await stream.next());
    await stream.return(undefined);
    let last: Json | undefined;
    for await (const event of client.resubscribeTask({ id, tenant: "" })) last = json(StreamResponse.toJSON(event));
    expect(last?.["statusUpdate"]?.["status"]?.["state"]).toBe("TASK_STATE_COMPLETED");
    const task = await client.getTask({ id, tenant: "", historyLength: undefined });
    expect(json(Task.toJSON(task))["status"]?.["state"]).toBe("TASK_STATE_COMPLETED");
    const list = await client.listTasks({
      tenant: "",
      contextId,
      status: TaskState.TASK_STATE_UNSPECIFIED,
      pageSize: 10,
      pageToken: "",
      historyLength: undefined,
      statusTimestampAfter: undefined,
      includeArtifacts: undefined,
    });
    const page = json(ListTasksResponse.toJSON(list));
    expect([page["totalSize"], page["tasks"]?.[0]?.["id"]]).toEqual([1, id]);
  });

  test("gets the errors of the specification", async () => {
    const client = await open();
    await expect(client.getTask({ id: "task_none", tenant: "", historyLength: undefined })).rejects.toMatchObject({
      reason: "TASK_NOT_FOUND",
    });
    const empty = SendMessageRequest.fromJSON({ message: { messageId: "", role: "ROLE_USER", parts: [] } });
    await expect(client.sendMessage(empty)).rejects.toMatchObject({ status: 3 });
    const { id } = (await client.sendMessage(request("echo", { text: "hi" }))) as Task;
    const subscribe = client.resubscribeTask({ id, tenant: "" });
    await expect(subscribe.next()).rejects.toMatchObject({ reason: "UNSUPPORTED_OPERATION" });
  });
});

describe("@a2a-js/sdk 0.3.14 over gRPC", () => {
  const byMetadata = { serviceParameters: { "berth-agent": "echo" } };
  // 0.3 has no tenant: the agent is told by its own host name, whether or not this machine resolves it.
  const open = () => new LegacyGrpcTransport({ endpoint: address, grpcCallOptions: { host: "echo.localhost" } });
  const params = (skill: string, input: JsonObject) => ({
    message: {
      kind: "message" as const,
      messageId: messageId(),
      role: "user" as const,
      parts: [{ kind: "data" as const, data: { ...input } }],
      metadata: { ...call(skill, input) },
    },
    configuration: { blocking: true },
  });

  test("sends and gets the answer, and may name the agent in the metadata, too", async () => {
    for (const send of [
      async () => await open().sendMessage(params("echo", { text: "hi" })),
      async () =>
        await new LegacyGrpcTransport({ endpoint: address }).sendMessage(params("echo", { text: "hi" }), byMetadata),
    ]) {
      expect(await send()).toMatchObject({
        kind: "task",
        status: { state: "completed" },
        artifacts: [{ parts: [{ kind: "data", data: { text: "hi" } }] }],
      });
    }
  });

  test("streams Task first, and the last event is final", async () => {
    const events = await Array.fromAsync(open().sendMessageStream(params("slow", { ms: 20, steps: 3 })));
    expect(events[0]?.kind).toBe("task");
    expect(events.at(-1)).toMatchObject({ kind: "status-update", final: true, status: { state: "completed" } });
    expect(events.slice(0, -1).some((event) => event.kind === "status-update" && event.final)).toBe(false);
  });

  test("answers a question", async () => {
    const client = open();
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
      configuration: { blocking: true },
    });
    expect(done).toMatchObject({ kind: "task", id: asked.id, status: { state: "completed" } });
    expect(JSON.stringify(done)).toContain("Ada");
  });

  test("cancels, and the stream of the task ends in canceled", async () => {
    const client = open();
    const stream = client.sendMessageStream(params("hang", {}));
    const first = await stream.next();
    const id = first.done !== true && first.value.kind === "task" ? first.value.id : "";
    expect(await client.cancelTask({ id })).toMatchObject({ status: { state: "canceled" } });
    const rest = await Array.fromAsync(stream);
    expect(rest.at(-1)).toMatchObject({ kind: "status-update", final: true, status: { state: "canceled" } });
    await expect(client.cancelTask({ id })).rejects.toMatchObject({ name: "TaskNotCancelableError" });
  });

  test("subscribes again after leaving, reads the task and the card", async () => {
    const client = open();
    const stream = client.sendMessageStream(params("slow", { ms: 100, steps: 10 }));
    const first = await stream.next();
    const id = first.done !== true && first.value.kind === "task" ? first.value.id : "";
    await stream.return();
    const rest = await Array.fromAsync(client.resubscribeTask({ id }));
    expect(rest.at(-1)).toMatchObject({ kind: "status-update", final: true, status: { state: "completed" } });
    expect(await client.getTask({ id })).toMatchObject({ status: { state: "completed" } });
    expect(await client.getExtendedAgentCard()).toMatchObject({ name: "echo", protocolVersion: "0.3.0" });
  });

  test("gets the errors it knows, and the details of 1.0 beside", async () => {
    const refused = open().getTask({ id: "task_none" });
    await expect(refused).rejects.toMatchObject({ name: "TaskNotFoundError" });
    const invalid = open().sendMessage({
      ...params("echo", {}),
      message: { ...params("echo", {}).message, parts: [] },
    });
    const { cause } = await invalid.then(
      () => ({ cause: undefined }),
      (error: Error) => error,
    );
    // What the client wraps is grpc-js's error.
    expect(fromGrpcError(cause as ServiceError)).toMatchObject({ status: 3 });
  });
});
