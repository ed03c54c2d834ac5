import * as sdk from "@a2a-js/sdk";
import { A2AService } from "@a2a-js/sdk/server/grpc";
import type { JsonObject } from "@berth/protocol";
import { describe, expect, test } from "vitest";
import * as v1 from "./a2a-v1.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import { SAMPLE_CARD } from "./sample-card.fixture.ts";

// The SDK's generated codecs are the other side: what they write we read, and the other way round.

const MESSAGE: JsonObject = {
  messageId: "m1",
  contextId: "c1",
  taskId: "t1",
  role: "ROLE_USER",
  parts: [
    { text: "" },
    { text: "grüße 🌊" },
    { raw: "AP/+", filename: "x.bin", mediaType: "application/octet-stream" },
    { url: "https://e.example/x" },
    { data: { a: [1, -2.5, true, null, "s", { b: {} }], c: [] }, metadata: { k: 1e300 } },
    { data: [] },
    { data: 0 },
  ],
  metadata: { x: { y: [false] } },
  extensions: ["urn:a", "urn:b"],
  referenceTaskIds: ["t0"],
};

const TASK: JsonObject = {
  id: "t1",
  contextId: "c1",
  status: { state: "TASK_STATE_INPUT_REQUIRED", message: MESSAGE, timestamp: "2026-11-29T10:20:30.123Z" },
  artifacts: [
    { artifactId: "a", name: "n", description: "d", parts: [{ text: "x" }], metadata: {}, extensions: ["u"] },
  ],
  history: [MESSAGE],
  metadata: { m: 1 },
};

describe("A2A 1.0", () => {
  test.each([
    [
      "sendMessage",
      v1.SEND_MESSAGE_REQUEST,
      sdk.SendMessageRequest,
      {
        tenant: "echo",
        message: MESSAGE,
        configuration: {
          acceptedOutputModes: ["a"],
          historyLength: 0,
          returnImmediately: true,
          taskPushNotificationConfig: {
            id: "p",
            taskId: "t",
            url: "https://h",
            token: "s",
            authentication: { scheme: "Bearer", credentials: "c" },
          },
        },
        metadata: { a: null },
      },
    ],
    ["getTask", v1.GET_TASK_REQUEST, sdk.GetTaskRequest, { tenant: "e", id: "t", historyLength: 3 }],
    [
      "listTasks",
      v1.LIST_TASKS_REQUEST,
      sdk.ListTasksRequest,
      {
        tenant: "e",
        contextId: "c",
        status: "TASK_STATE_AUTH_REQUIRED",
        pageSize: 7,
        pageToken: "p",
        historyLength: 0,
        statusTimestampAfter: "1969-12-31T23:59:59.500Z",
        includeArtifacts: false,
      },
    ],
    ["cancelTask", v1.CANCEL_TASK_REQUEST, sdk.CancelTaskRequest, { tenant: "e", id: "t", metadata: { a: "b" } }],
    ["subscribeToTask", v1.SUBSCRIBE_TO_TASK_REQUEST, sdk.SubscribeToTaskRequest, { tenant: "e", id: "t" }],
    [
      "getTaskPushNotificationConfig",
      v1.PUSH_CONFIG_REQUEST,
      sdk.GetTaskPushNotificationConfigRequest,
      {
        tenant: "e",
        taskId: "t",
        id: "p",
      },
    ],
    [
      "deleteTaskPushNotificationConfig",
      v1.PUSH_CONFIG_REQUEST,
      sdk.DeleteTaskPushNotificationConfigRequest,
      {
        tenant: "e",
        taskId: "t",
        id: "p",
      },
    ],
    [
      "listTaskPushNotificationConfigs",
      v1.LIST_PUSH_CONFIGS_REQUEST,
      sdk.ListTaskPushNotificationConfigsRequest,
      {
        tenant: "e",
        taskId: "t",
        pageSize: 2,
        pageToken: "x",
      },
    ],
    ["getExtendedAgentCard", v1.GET_EXTENDED_AGENT_CARD_REQUEST, sdk.GetExtendedAgentCardRequest, { tenant: "e" }],
  ] as const)("reads the request of %s as the SDK writes it", (name, schema, codec, json) => {
    // Each row's codec and service method are of one message.
    const method = A2AService[name] as unknown as { requestSerialize(value: unknown): Buffer };
    expect(decodeMessage(schema, method.requestSerialize(codec.fromJSON(json)), 64)).toEqual(json);
  });

  test.each([
    ["sendMessage", v1.SEND_MESSAGE_RESPONSE, sdk.SendMessageResponse, { task: TASK }],
    ["sendMessage", v1.SEND_MESSAGE_RESPONSE, sdk.SendMessageResponse, { message: MESSAGE }],
    ["getTask", v1.TASK, sdk.Task, TASK],
    [
      "listTasks",
      v1.LIST_TASKS_RESPONSE,
      sdk.ListTasksResponse,
      {
        tasks: [TASK, TASK],
        nextPageToken: "n",
        pageSize: 2,
        totalSize: 9,
      },
    ],
    [
      "sendStreamingMessage",
      v1.STREAM_RESPONSE,
      sdk.StreamResponse,
      {
        statusUpdate: { taskId: "t", contextId: "c", status: { state: "TASK_STATE_CANCELED" }, metadata: { a: 1 } },
      },
    ],
    [
      "sendStreamingMessage",
      v1.STREAM_RESPONSE,
      sdk.StreamResponse,
      {
        artifactUpdate: {
          taskId: "t",
          contextId: "c",
          artifact: { artifactId: "a", parts: [{ text: "x" }] },
          append: true,
          lastChunk: true,
          metadata: { a: 1 },
        },
      },
    ],
    [
      "listTaskPushNotificationConfigs",
      v1.LIST_PUSH_CONFIGS_RESPONSE,
      sdk.ListTaskPushNotificationConfigsResponse,
      {
        configs: [{ id: "p", taskId: "t", url: "https://h", authentication: { scheme: "Bearer" } }],
        nextPageToken: "n",
      },
    ],
    ["getExtendedAgentCard", v1.AGENT_CARD, sdk.AgentCard, SAMPLE_CARD],
  ] as const)("writes the response of %s as the SDK reads it", (name, schema, codec, json) => {
    const method = A2AService[name] as unknown as { responseDeserialize(bytes: Buffer): never };
    const read = method.responseDeserialize(Buffer.from(encodeMessage(schema, json)));
    expect(read).toEqual(codec.fromJSON(json));
  });
});

test("null is a value, which the SDK's own JSON codec loses", () => {
  const task = { id: "t", history: [{ messageId: "m", parts: [{ data: null }] }] };
  const bytes = Buffer.from(encodeMessage(v1.TASK, task));
  expect(decodeMessage(v1.TASK, bytes, 64)).toEqual(task);
  expect(A2AService.getTask.responseDeserialize(bytes).history[0]?.parts[0]?.content).toEqual({
    $case: "data",
    value: null,
  });
});
