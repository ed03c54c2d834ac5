import { AgentCard as SdkCard, SendMessageRequest as SdkRequest, StreamResponse as SdkStream } from "@a2a-js/sdk";
import { LegacyJsonRpcTransport, LegacyRestTransport } from "@a2a-js/sdk/compat/v0_3/client";
import { DefaultAgentCardResolver, JsonRpcTransport, RestTransport } from "a2a-sdk-v03/client";
import { describe, expect, it } from "vitest";
import type { AgentCard, SendMessageRequest, StreamResponse, Task } from "../../a2a.ts";
import { parseAgentCard, parseSendMessageRequest, parseStreamResponse } from "../../validation/index.ts";
import * as v03 from "./index.ts";

// The published clients of both versions talk to our codec, without a network between them.

const TASK: Task = {
  id: "t1",
  contextId: "c1",
  status: {
    state: "TASK_STATE_CANCELED",
    message: { messageId: "m2", contextId: "c1", taskId: "t1", role: "ROLE_AGENT", parts: [{ text: "Stopped." }] },
    timestamp: "2026-01-01T00:00:00.000Z",
  },
  artifacts: [{ artifactId: "a1", parts: [{ raw: "aGk=", mediaType: "text/plain" }, { data: { a: 1 } }] }],
};

const FRAMES: readonly StreamResponse[] = [
  { task: { ...TASK, status: { state: "TASK_STATE_WORKING" } } },
  {
    artifactUpdate: {
      taskId: "t1",
      contextId: "c1",
      artifact: { artifactId: "a1", parts: [{ text: "x" }] },
      append: true,
      lastChunk: true,
    },
  },
  { statusUpdate: { taskId: "t1", contextId: "c1", status: { state: "TASK_STATE_COMPLETED" } } },
];

const MESSAGE = {
  kind: "message" as const,
  messageId: "m1",
  role: "user" as const,
  parts: [
    { kind: "text" as const, text: "hi" },
    { kind: "file" as const, file: { bytes: "aGk=", mimeType: "text/plain" } },
    { kind: "data" as const, data: { a: 1 } },
  ],
};

const PUSH = { id: "p1", taskId: "t1", url: "https://example.com/hook", token: "s" };

const json = (body: unknown): Response => Response.json(body);
const sse = (events: readonly unknown[]): Response =>
  new Response(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""), {
    headers: { "content-type": "text/event-stream" },
  });

/** What our edge does for 0.3 REST, in memory. */
function restServer(): { readonly fetchImpl: typeof fetch; readonly sent: SendMessageRequest[] } {
  const sent: SendMessageRequest[] = [];
  const fetchImpl: typeof fetch = async (input, init) => {
    const { pathname } = new URL(new Request(input).url);
    const body: unknown = typeof init?.body === "string" ? JSON.parse(init.body) : undefined;
    if (pathname === "/v1/message:send") {
      sent.push(v03.fromV03RestSend(body));
      return json(v03.toV03RestSendResponse({ task: TASK }));
    }
    if (pathname === "/v1/message:stream") {
      sent.push(v03.fromV03RestSend(body));
      return sse(FRAMES.map((frame) => v03.toV03RestStreamEvent(frame, { final: v03.isFinal(frame) })));
    }
    if (pathname === "/v1/tasks/t1/pushNotificationConfigs") {
      return json(v03.toV03RestPushConfig(v03.fromV03RestPushConfig("t1", body)));
    }
    if (pathname === "/v1/card") return json(v03.toV03RestCard(CARD));
    return json(v03.toV03RestTask(TASK));
  };
  return { fetchImpl, sent };
}

/** What our edge does for 0.3 JSON-RPC, in memory. */
function jsonRpcServer(): { readonly fetchImpl: typeof fetch; readonly sent: SendMessageRequest[] } {
  const sent: SendMessageRequest[] = [];
  const fetchImpl: typeof fetch = async (_, init) => {
    // The client under test wrote it: a JSON-RPC request.
    const { id, method, params } = JSON.parse(typeof init?.body === "string" ? init.body : "{}") as {
      id: number;
      method: string;
      params: unknown;
    };
    const answer = (result: unknown): object => ({ jsonrpc: "2.0", id, result });
    switch (method) {
      case "message/send":
        sent.push(v03.fromV03SendParams(params));
        return json(answer(v03.toV03SendResult({ task: TASK })));
      case "message/stream":
        sent.push(v03.fromV03SendParams(params));
        return sse(FRAMES.map((frame) => answer(v03.toV03StreamEvent(frame, { final: v03.isFinal(frame) }))));
      case "tasks/pushNotificationConfig/set":
        return json(answer(v03.toV03TaskPushConfig(v03.fromV03TaskPushConfig(params))));
      case "tasks/get":
        v03.fromV03TaskQuery(params);
        return json(answer(v03.toV03Task(TASK)));
      default:
        return json({ jsonrpc: "2.0", id, error: { code: -32601, message: "no" } });
    }
  };
  return { fetchImpl, sent };
}

const CARD: AgentCard = {
  name: "Echo",
  description: "Says it again.",
  supportedInterfaces: [
    { url: "https://a.example/", protocolBinding: "JSONRPC", protocolVersion: "1.0" },
    { url: "https://a.example/", protocolBinding: "JSONRPC", protocolVersion: "0.3" },
  ],
  version: "1.0.0",
  capabilities: { streaming: true, pushNotifications: false, extendedAgentCard: true },
  securitySchemes: { bearer: { httpAuthSecurityScheme: { scheme: "bearer" } } },
  securityRequirements: [{ schemes: { bearer: { list: [] } } }],
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [{ id: "echo", name: "Echo", description: "Says it again.", tags: ["test"] }],
};

async function collect<T>(stream: AsyncIterable<T>): Promise<readonly T[]> {
  const events: T[] = [];
  for await (const event of stream) events.push(event);
  return events;
}

describe("@a2a-js/sdk 0.3.14 over REST", () => {
  const { fetchImpl, sent } = restServer();
  const client = new RestTransport({ endpoint: "https://a.example", fetchImpl });

  it("sends, and reads the task", async () => {
    const task = await client.sendMessage({ message: MESSAGE, configuration: { blocking: true } });
    expect(task).toMatchObject({
      kind: "task",
      id: "t1",
      status: { state: "canceled", message: { parts: [{ kind: "text", text: "Stopped." }] } },
      artifacts: [
        {
          parts: [
            { kind: "file", file: { bytes: "aGk=" } },
            { kind: "data", data: { a: 1 } },
          ],
        },
      ],
    });
    expect(sent.at(-1)?.message).toEqual({
      messageId: "m1",
      role: "ROLE_USER",
      parts: [{ text: "hi" }, { raw: "aGk=", mediaType: "text/plain" }, { data: { a: 1 } }],
    });
    expect(sent.at(-1)?.configuration).toEqual({});
  });

  it("polls: its client leaves `blocking: false` out", async () => {
    await client.sendMessage({ message: MESSAGE, configuration: { blocking: false } });
    expect(sent.at(-1)?.configuration).toEqual({ returnImmediately: true });
  });

  it("streams to the final event", async () => {
    const events = await collect(client.sendMessageStream({ message: MESSAGE }));
    expect(events).toMatchObject([
      { kind: "task", status: { state: "working" } },
      { kind: "artifact-update", lastChunk: true },
      { kind: "status-update", status: { state: "completed" }, final: true },
    ]);
  });

  it("gets a task, sets a push configuration and reads the extended card", async () => {
    expect(await client.getTask({ id: "t1" })).toMatchObject({ id: "t1", status: { state: "canceled" } });
    const { taskId, ...pushNotificationConfig } = PUSH;
    expect(await client.setTaskPushNotificationConfig({ taskId, pushNotificationConfig })).toMatchObject({
      taskId,
      pushNotificationConfig,
    });
    expect(await client.getExtendedAgentCard()).toMatchObject({
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
    });
  });
});

describe("@a2a-js/sdk 0.3.14 over JSON-RPC", () => {
  const { fetchImpl, sent } = jsonRpcServer();
  const client = new JsonRpcTransport({ endpoint: "https://a.example", fetchImpl });

  it("sends, streams, gets and sets a push configuration", async () => {
    expect(await client.sendMessage({ message: MESSAGE })).toEqual(v03.toV03Task(TASK));
    expect(sent.at(-1)).toMatchObject({ message: { role: "ROLE_USER", parts: [{ text: "hi" }, {}, {}] } });
    const events = await collect(client.sendMessageStream({ message: MESSAGE }));
    expect(events.map(({ kind }) => kind)).toEqual(["task", "artifact-update", "status-update"]);
    expect(await client.getTask({ id: "t1", historyLength: 1 })).toMatchObject({ kind: "task", id: "t1" });
    const { taskId, ...pushNotificationConfig } = PUSH;
    const set = await client.setTaskPushNotificationConfig({ taskId, pushNotificationConfig });
    expect(set).toEqual({ taskId, pushNotificationConfig });
  });

  it("reads the hybrid card", async () => {
    const resolver = new DefaultAgentCardResolver({ fetchImpl: async () => json(v03.toHybridCard(CARD)) });
    expect(await resolver.resolve("https://a.example/")).toMatchObject({
      protocolVersion: "0.3.0",
      url: "https://a.example/",
      preferredTransport: "JSONRPC",
      securitySchemes: { bearer: { type: "http", scheme: "bearer" } },
      security: [{ bearer: [] }],
    });
  });
});

describe("@a2a-js/sdk 1.3.0", () => {
  const request: SendMessageRequest = {
    message: { messageId: "m1", role: "ROLE_USER", parts: [{ text: "hi" }, { data: [1, null] }, { raw: "aGk=" }] },
    configuration: { returnImmediately: true, historyLength: 2 },
  };

  it("speaks 0.3 to us over either binding", async () => {
    for (const [Transport, { fetchImpl, sent }] of [
      [LegacyRestTransport, restServer()],
      [LegacyJsonRpcTransport, jsonRpcServer()],
    ] as const) {
      const client = new Transport({ endpoint: "https://a.example", fetchImpl });
      const task = await client.sendMessage(SdkRequest.fromJSON(request));
      expect(task).toMatchObject({ id: "t1", artifacts: [{ artifactId: "a1" }] });
      expect(sent).toMatchObject([{ message: { messageId: "m1", parts: [{ text: "hi" }, {}, { raw: "aGk=" }] } }]);
      expect(sent[0]?.configuration).toMatchObject({ returnImmediately: true, historyLength: 2 });
      const events = await collect(client.sendMessageStream(SdkRequest.fromJSON(request)));
      expect(events.map((event) => SdkStream.toJSON(event))).toMatchObject([
        { task: {} },
        { artifactUpdate: {} },
        { statusUpdate: {} },
      ]);
    }
  });

  it("writes 1.0 requests, frames and cards that we read unchanged", () => {
    expect(parseSendMessageRequest(SdkRequest.toJSON(SdkRequest.fromJSON(request)))).toEqual(request);
    for (const frame of FRAMES) {
      const parsed = parseStreamResponse(SdkStream.toJSON(SdkStream.fromJSON(frame)));
      expect(parsed).toMatchObject(frame);
    }
    expect(parseAgentCard(SdkCard.toJSON(SdkCard.fromJSON(CARD)))).toEqual(CARD);
    expect(parseAgentCard(SdkCard.toJSON(SdkCard.fromJSON(v03.toHybridCard(CARD))))).toEqual(CARD);
  });
});
