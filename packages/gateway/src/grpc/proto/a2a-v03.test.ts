import { LegacyA2AService } from "@a2a-js/sdk/compat/v0_3/server/grpc";
import type { JsonObject } from "@berth/protocol";
import { describe, expect, test } from "vitest";
import * as v03 from "./a2a-v03.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import { SAMPLE_CARD } from "./sample-card.fixture.ts";
import type { MessageSchema } from "./schema.ts";

// The SDK's generated codecs are the other side: what they write we read, and the other way round.

describe("A2A 0.3", () => {
  const encode = (name: keyof typeof LegacyA2AService, value: unknown): Buffer =>
    (LegacyA2AService[name] as unknown as { requestSerialize(value: unknown): Buffer }).requestSerialize(value);
  const decode = (name: keyof typeof LegacyA2AService, json: JsonObject, schema: MessageSchema): unknown =>
    (LegacyA2AService[name] as unknown as { responseDeserialize(bytes: Buffer): unknown }).responseDeserialize(
      Buffer.from(encodeMessage(schema, json)),
    );

  test("reads requests as the SDK writes them", () => {
    const push = { id: "p", url: "https://h", token: "s", authentication: { schemes: ["A", "B"], credentials: "c" } };
    const bytes = encode("sendMessage", {
      request: {
        messageId: "m",
        contextId: "c",
        taskId: "t",
        role: 1,
        content: [
          { part: { $case: "text", value: "x" } },
          {
            part: {
              $case: "file",
              value: { file: { $case: "fileWithBytes", value: Buffer.from("hi") }, mimeType: "a/b" },
            },
          },
          { part: { $case: "file", value: { file: { $case: "fileWithUri", value: "https://u" }, mimeType: "" } } },
          { part: { $case: "data", value: { data: { a: [1, null] } } } },
        ],
        metadata: { k: "v" },
        extensions: ["urn:e"],
      },
      configuration: { acceptedOutputModes: ["a/b"], pushNotification: push, historyLength: 2, blocking: true },
      metadata: { z: true },
    });
    expect(decodeMessage(v03.SEND_MESSAGE_REQUEST, bytes, 64)).toEqual({
      message: {
        messageId: "m",
        contextId: "c",
        taskId: "t",
        role: "ROLE_USER",
        content: [
          { text: "x" },
          { file: { fileWithBytes: "aGk=", mimeType: "a/b" } },
          { file: { fileWithUri: "https://u" } },
          { data: { data: { a: [1, null] } } },
        ],
        metadata: { k: "v" },
        extensions: ["urn:e"],
      },
      configuration: { acceptedOutputModes: ["a/b"], pushNotification: push, historyLength: 2, blocking: true },
      metadata: { z: true },
    });
    const config = { name: "tasks/t/pushNotificationConfigs/p", pushNotificationConfig: push };
    const create = { parent: "tasks/t", configId: "p", config };
    expect(
      decodeMessage(v03.CREATE_PUSH_CONFIG_REQUEST, encode("createTaskPushNotificationConfig", create), 64),
    ).toEqual(create);
    const list = { parent: "tasks/t", pageSize: 3, pageToken: "x" };
    expect(decodeMessage(v03.LIST_PUSH_CONFIGS_REQUEST, encode("listTaskPushNotificationConfig", list), 64)).toEqual(
      list,
    );
    const get = { name: "tasks/t", historyLength: 3 };
    expect(decodeMessage(v03.GET_TASK_REQUEST, encode("getTask", get), 64)).toEqual(get);
  });

  test("writes responses as the SDK reads them", () => {
    const content = [{ text: "x" }, { file: { fileWithBytes: "aGk=", mimeType: "a/b" } }, { data: { data: { a: 1 } } }];
    const message = { messageId: "m", role: "ROLE_AGENT", content };
    const status = { state: "TASK_STATE_CANCELLED", message, timestamp: "2026-11-29T10:20:30.000Z" };
    const artifacts = [{ artifactId: "a", name: "n", description: "d", parts: content, metadata: { q: 1 } }];
    expect(
      decode("getTask", { id: "t", contextId: "c", status, artifacts, history: [message] }, v03.TASK),
    ).toMatchObject({
      id: "t",
      status: { state: 5, update: { messageId: "m", role: 2 }, timestamp: "2026-11-29T10:20:30.000Z" },
      artifacts: [
        {
          artifactId: "a",
          name: "n",
          description: "d",
          parts: [
            { part: { $case: "text", value: "x" } },
            { part: { value: { file: { $case: "fileWithBytes", value: Buffer.from("hi") }, mimeType: "a/b" } } },
            { part: { value: { data: { a: 1 } } } },
          ],
          metadata: { q: 1 },
        },
      ],
    });
    const update = { statusUpdate: { taskId: "t", contextId: "c", status, final: true } };
    expect(decode("taskSubscription", update, v03.STREAM_RESPONSE)).toMatchObject({
      payload: { $case: "statusUpdate", value: { taskId: "t", final: true, status: { state: 5 } } },
    });
    const { supportedInterfaces: _, securityRequirements: security, iconUrl: __, ...card } = SAMPLE_CARD;
    const full = {
      ...card,
      protocolVersion: "0.3.0",
      url: "h:1",
      preferredTransport: "GRPC",
      additionalInterfaces: [{ url: "h:1", transport: "GRPC" }],
      supportsAuthenticatedExtendedCard: true,
      security: security ?? [],
      skills: [
        { id: "s", name: "S", description: "d", tags: ["t"], security: [{ schemes: { key: { list: ["r"] } } }] },
      ],
    };
    expect(decode("getAgentCard", full, v03.AGENT_CARD)).toMatchObject({
      protocolVersion: "0.3.0",
      url: "h:1",
      preferredTransport: "GRPC",
      additionalInterfaces: [{ url: "h:1", transport: "GRPC" }],
      supportsAuthenticatedExtendedCard: true,
      capabilities: { streaming: true, extensions: [{ uri: "urn:e", required: true, params: { a: 1 } }] },
      securitySchemes: {
        key: { scheme: { $case: "apiKeySecurityScheme", value: { location: "header", name: "X" } } },
        mtls: { scheme: { $case: "mtlsSecurityScheme" } },
      },
      security: [{ schemes: { key: { list: ["a"] } } }],
      skills: [{ id: "s", tags: ["t"], security: [{ schemes: { key: { list: ["r"] } } }] }],
      signatures: [{ protected: "p", signature: "s", header: { kid: "1" } }],
    });
  });
});
