import { describe, expect, it } from "vitest";
import { fromV03RestSend, toV03RestSendResponse, toV03RestStreamEvent, toV03RestTask } from "./index.ts";

const V1_MESSAGE = {
  messageId: "m1",
  role: "ROLE_USER",
  parts: [
    { text: "hi" },
    { raw: "aGk=", mediaType: "text/plain" },
    { url: "https://example.com/a.png", filename: "a.png" },
    { data: { a: 1 } },
  ],
} as const;

const CONTENT = [
  { text: "hi" },
  { file: { fileWithBytes: "aGk=", mimeType: "text/plain" } },
  { file: { fileWithUri: "https://example.com/a.png", name: "a.png" } },
  { data: { data: { a: 1 } } },
];

describe("fromV03RestSend", () => {
  it.each([
    ["message and content", { message: { messageId: "m1", role: "ROLE_USER", content: CONTENT } }],
    ["request and content", { request: { messageId: "m1", role: "ROLE_USER", content: CONTENT } }],
    ["message and parts", { message: { messageId: "m1", role: "ROLE_USER", parts: CONTENT } }],
    [
      "the JSON-RPC spelling",
      {
        message: {
          kind: "message",
          messageId: "m1",
          role: "user",
          parts: [
            { kind: "text", text: "hi" },
            { kind: "file", file: { bytes: "aGk=", mimeType: "text/plain" } },
            { kind: "file", file: { uri: "https://example.com/a.png", name: "a.png" } },
            { kind: "data", data: { a: 1 } },
          ],
        },
      },
    ],
    [
      "the proto names of the 0.3 kit, with its empty uri",
      {
        message: {
          message_id: "m1",
          role: "ROLE_USER",
          content: [
            { text: "hi" },
            { file: { file_with_uri: "", file_with_bytes: "aGk=", mime_type: "text/plain" } },
            { file: { file_with_uri: "https://example.com/a.png", name: "a.png" } },
            { data: { data: { a: 1 } } },
          ],
        },
      },
    ],
  ])("reads %s", (_, body) => {
    expect(fromV03RestSend(body)).toEqual({ message: V1_MESSAGE });
  });

  it.each([
    [undefined, undefined],
    [{}, true],
    [{ blocking: false }, true],
    [{ blocking: true }, undefined],
  ])("reads the configuration %j as returnImmediately %j: proto JSON leaves false out", (configuration, expected) => {
    const message = { messageId: "m1", role: "ROLE_USER", content: CONTENT };
    expect(fromV03RestSend({ message, configuration }).configuration?.returnImmediately).toBe(expected);
  });

  it("reads a push configuration and takes a history of 0 for all of it", () => {
    const message = { messageId: "m1", role: "ROLE_USER", content: CONTENT };
    const configuration = { blocking: true, historyLength: 0, push_notification: { url: "https://a.b" } };
    expect(fromV03RestSend({ message, configuration }).configuration).toEqual({
      taskPushNotificationConfig: { url: "https://a.b" },
    });
  });

  it.each([
    [{}, "message: is required"],
    [{ message: {} }, "message.role: is required"],
    [{ message: { messageId: "m", role: "ROLE_AGENT", content: CONTENT } }, "message.role: must be user"],
    [
      { message: { messageId: "m", role: "ROLE_UNSPECIFIED", content: CONTENT } },
      "message.role: must be user or agent",
    ],
    [{ message: { messageId: "m", role: "ROLE_USER", content: [] } }, "message.content: must not be empty"],
    [
      { message: { messageId: "m", role: "ROLE_USER", content: [{}] } },
      "message.content[0]: must have exactly one of text, file, data",
    ],
    [
      { message: { messageId: "m", role: "ROLE_USER", content: [{ data: { a: 1 } }] } },
      "message.content[0].data.data: is required",
    ],
    [
      { message: { messageId: "m", role: "ROLE_USER", content: [{ file: {} }] } },
      "message.content[0].file: must have exactly one of",
    ],
  ])("refuses %j", (body, violation) => {
    expect(() => fromV03RestSend(body)).toThrow(violation);
  });
});

describe("REST answers of 0.3", () => {
  const history = [V1_MESSAGE];
  const status = { state: "TASK_STATE_CANCELED", message: V1_MESSAGE, timestamp: "2026-01-01T00:00:00.000Z" } as const;
  const v03Message = { messageId: "m1", role: "ROLE_USER", content: CONTENT };
  const v03Status = { state: "TASK_STATE_CANCELLED", message: v03Message, timestamp: "2026-01-01T00:00:00.000Z" };

  it("spell a task in proto JSON, canceled with two L", () => {
    const artifacts = [{ artifactId: "a", name: "n", parts: [{ data: [1] }] }];
    expect(toV03RestTask({ id: "t", contextId: "c", status, history, artifacts })).toEqual({
      id: "t",
      contextId: "c",
      status: v03Status,
      history: [v03Message],
      artifacts: [
        {
          artifactId: "a",
          name: "n",
          parts: [{ data: { data: { value: [1] } }, metadata: { data_part_compat: true } }],
        },
      ],
    });
  });

  it("wrap the result of a send", () => {
    expect(toV03RestSendResponse({ message: V1_MESSAGE })).toEqual({ message: v03Message });
    expect(toV03RestSendResponse({ task: { id: "t", status: { state: "TASK_STATE_WORKING" } } })).toEqual({
      task: { id: "t", status: { state: "TASK_STATE_WORKING" } },
    });
  });

  it("stream status and artifact updates", () => {
    const ids = { taskId: "t", contextId: "c" };
    expect(toV03RestStreamEvent({ statusUpdate: { ...ids, status } }, { final: true })).toEqual({
      statusUpdate: { ...ids, status: v03Status, final: true },
    });
    const artifact = { artifactId: "a", parts: [{ text: "x" }] };
    expect(toV03RestStreamEvent({ artifactUpdate: { ...ids, artifact, lastChunk: true } }, { final: false })).toEqual({
      artifactUpdate: { ...ids, artifact, lastChunk: true },
    });
  });
});
