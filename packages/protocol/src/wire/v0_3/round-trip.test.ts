import { describe, expect, it } from "vitest";
import type { Message, SendMessageRequest, StreamResponse, Task } from "../../a2a.ts";
import {
  fromV03Message,
  fromV03SendParams,
  fromV03SendResult,
  fromV03StreamEvent,
  fromV03Task,
  fromV03TaskId,
  fromV03TaskQuery,
  isFinal,
  toV03Message,
  toV03SendParams,
  toV03SendResult,
  toV03StreamEvent,
  toV03Task,
} from "./index.ts";

const V1_MESSAGE: Message = {
  messageId: "m1",
  contextId: "c1",
  taskId: "t1",
  role: "ROLE_USER",
  parts: [
    { text: "hi", metadata: { a: 1 } },
    { raw: "aGk=", mediaType: "text/plain", filename: "hi.txt" },
    { url: "https://example.com/a.png", mediaType: "image/png" },
    { data: { rows: [1, null] } },
  ],
  metadata: { k: true },
  extensions: ["https://example.com/e"],
  referenceTaskIds: ["t0"],
};

const V03_MESSAGE = {
  kind: "message",
  messageId: "m1",
  contextId: "c1",
  taskId: "t1",
  role: "user",
  parts: [
    { kind: "text", text: "hi", metadata: { a: 1 } },
    { kind: "file", file: { bytes: "aGk=", mimeType: "text/plain", name: "hi.txt" } },
    { kind: "file", file: { uri: "https://example.com/a.png", mimeType: "image/png" } },
    { kind: "data", data: { rows: [1, null] } },
  ],
  metadata: { k: true },
  extensions: ["https://example.com/e"],
  referenceTaskIds: ["t0"],
};

const V1_TASK: Task = {
  id: "t1",
  contextId: "c1",
  status: {
    state: "TASK_STATE_INPUT_REQUIRED",
    message: { messageId: "m2", role: "ROLE_AGENT", parts: [{ text: "Which?" }] },
    timestamp: "2026-01-01T00:00:00.000Z",
  },
  artifacts: [{ artifactId: "a1", name: "out", description: "The output", parts: [{ text: "x" }] }],
  history: [V1_MESSAGE],
  metadata: { m: 1 },
};

const V03_TASK = {
  kind: "task",
  id: "t1",
  contextId: "c1",
  status: {
    state: "input-required",
    message: { kind: "message", messageId: "m2", role: "agent", parts: [{ kind: "text", text: "Which?" }] },
    timestamp: "2026-01-01T00:00:00.000Z",
  },
  artifacts: [{ artifactId: "a1", name: "out", description: "The output", parts: [{ kind: "text", text: "x" }] }],
  history: [V03_MESSAGE],
  metadata: { m: 1 },
};

describe("messages and tasks", () => {
  it("translates a message both ways", () => {
    expect(toV03Message(V1_MESSAGE)).toEqual(V03_MESSAGE);
    expect(fromV03Message(V03_MESSAGE)).toEqual(V1_MESSAGE);
  });

  it("translates a task both ways", () => {
    expect(toV03Task(V1_TASK)).toEqual(V03_TASK);
    expect(fromV03Task(V03_TASK)).toEqual(V1_TASK);
    expect(fromV03SendResult(toV03SendResult({ task: V1_TASK }))).toEqual({ task: V1_TASK });
    expect(fromV03SendResult(toV03SendResult({ message: V1_MESSAGE }))).toEqual({ message: V1_MESSAGE });
  });

  it.each([
    ["TASK_STATE_SUBMITTED", "submitted"],
    ["TASK_STATE_WORKING", "working"],
    ["TASK_STATE_INPUT_REQUIRED", "input-required"],
    ["TASK_STATE_AUTH_REQUIRED", "auth-required"],
    ["TASK_STATE_COMPLETED", "completed"],
    ["TASK_STATE_FAILED", "failed"],
    ["TASK_STATE_CANCELED", "canceled"],
    ["TASK_STATE_REJECTED", "rejected"],
  ] as const)("spells %s as %s", (state, v03State) => {
    const v03 = toV03Task({ id: "t", contextId: "c", status: { state } });
    expect(v03).toEqual({ kind: "task", id: "t", contextId: "c", status: { state: v03State } });
    expect(fromV03Task(v03).status.state).toBe(state);
  });

  it("reads the state `unknown` as working", () => {
    expect(fromV03Task({ id: "t", contextId: "c", status: { state: "unknown" } }).status.state).toBe(
      "TASK_STATE_WORKING",
    );
  });

  it("reads a Python timestamp without a zone as UTC", () => {
    const task = { ...V03_TASK, status: { state: "working", timestamp: "2026-01-01T10:00:00.123456" } };
    expect(fromV03Task(task).status.timestamp).toBe("2026-01-01T10:00:00.123Z");
  });

  it.each([[null], [7], ["text"], [[1, 2]]])("carries the data %j, which 0.3 cannot, and gets it back", (data) => {
    const part = toV03Message({ ...V1_MESSAGE, parts: [{ data, metadata: { a: 1 } }] }).parts;
    expect(part).toEqual([{ kind: "data", data: { value: data }, metadata: { a: 1, data_part_compat: true } }]);
    expect(fromV03Message({ ...V03_MESSAGE, parts: part }).parts).toEqual([{ data, metadata: { a: 1 } }]);
  });

  it.each([
    [{ parts: [] }, "parts: must not be empty"],
    [{ parts: [{ text: "hi" }] }, "parts[0].kind: is required"],
    [{ parts: [{ kind: "image" }] }, "parts[0].kind: must be one of text, file, data"],
    [{ parts: [{ kind: "text" }] }, "parts[0].text: is required"],
    [{ parts: [{ kind: "data", data: "x" }] }, "parts[0].data: must be a JSON object"],
    [{ parts: [{ kind: "file", file: {} }] }, "parts[0].file: must have exactly one of bytes and uri"],
    [{ parts: [{ kind: "file", file: { bytes: "?" } }] }, "parts[0].file.bytes: must be base64"],
    [{ kind: "task" }, "kind: must be message"],
    [{ role: "ROLE_USER" }, "role: must be user or agent"],
    [{ messageId: undefined }, "messageId: is required"],
  ])("refuses %j with the 0.3 path", (change, violation) => {
    expect(() => fromV03Message({ ...V03_MESSAGE, ...change })).toThrow(violation);
  });
});

describe("requests", () => {
  it("translates send params both ways", () => {
    const request: SendMessageRequest = {
      message: V1_MESSAGE,
      configuration: {
        acceptedOutputModes: ["text/plain"],
        historyLength: 0,
        returnImmediately: true,
        taskPushNotificationConfig: {
          id: "p",
          url: "https://example.com/hook",
          token: "s",
          authentication: { scheme: "Bearer", credentials: "x" },
        },
      },
      metadata: { a: 1 },
    };
    const v03 = toV03SendParams(request);
    expect(v03).toEqual({
      message: V03_MESSAGE,
      configuration: {
        acceptedOutputModes: ["text/plain"],
        historyLength: 0,
        blocking: false,
        pushNotificationConfig: {
          id: "p",
          url: "https://example.com/hook",
          token: "s",
          authentication: { schemes: ["Bearer"], credentials: "x" },
        },
      },
      metadata: { a: 1 },
    });
    expect(fromV03SendParams(v03)).toEqual(request);
  });

  it.each([
    [undefined, undefined],
    [{}, undefined],
    [{ blocking: true }, undefined],
    [{ blocking: false }, true],
  ])("reads the configuration %j as returnImmediately %j", (configuration, expected) => {
    const request = fromV03SendParams({ message: V03_MESSAGE, configuration });
    expect(request.configuration?.returnImmediately).toBe(expected);
  });

  it("says to a 0.3 agent whether we wait, in so many words", () => {
    expect(toV03SendParams({ message: V1_MESSAGE })).toMatchObject({ configuration: { blocking: true } });
  });

  it("refuses a caller who speaks for the agent", () => {
    expect(() => fromV03SendParams({ message: { ...V03_MESSAGE, role: "agent" } })).toThrow(
      "message.role: must be user",
    );
    expect(() => fromV03SendParams({ message: { kind: "message" } })).toThrow("message.role: is required (and 2 more)");
  });

  it("reads what names a task", () => {
    expect(fromV03TaskQuery({ id: "t", historyLength: 1, metadata: {} })).toEqual({ id: "t", historyLength: 1 });
    expect(() => fromV03TaskQuery({ id: "t", historyLength: -1 })).toThrow("historyLength: must be at least 0");
    expect(fromV03TaskId({ id: "t", metadata: { a: 1 } })).toEqual({ id: "t", metadata: { a: 1 } });
    expect(() => fromV03TaskId({})).toThrow("id: is required");
  });
});

describe("stream events", () => {
  const ids = { taskId: "t1", contextId: "c1" };
  const FRAMES: readonly (readonly [StreamResponse, object, boolean])[] = [
    [{ task: V1_TASK }, V03_TASK, true],
    [{ message: V1_MESSAGE }, V03_MESSAGE, true],
    [
      { statusUpdate: { ...ids, status: { state: "TASK_STATE_WORKING" }, metadata: { a: 1 } } },
      { kind: "status-update", ...ids, status: { state: "working" }, final: false, metadata: { a: 1 } },
      false,
    ],
    [
      { statusUpdate: { ...ids, status: { state: "TASK_STATE_AUTH_REQUIRED" } } },
      { kind: "status-update", ...ids, status: { state: "auth-required" }, final: false },
      false,
    ],
    [
      { statusUpdate: { ...ids, status: { state: "TASK_STATE_CANCELED" } } },
      { kind: "status-update", ...ids, status: { state: "canceled" }, final: true },
      true,
    ],
    [
      {
        artifactUpdate: {
          ...ids,
          artifact: { artifactId: "a", parts: [{ text: "x" }] },
          append: true,
          lastChunk: false,
        },
      },
      {
        kind: "artifact-update",
        ...ids,
        artifact: { artifactId: "a", parts: [{ kind: "text", text: "x" }] },
        append: true,
        lastChunk: false,
      },
      false,
    ],
  ];

  it.each(FRAMES)("translates frame %# both ways and knows whether it is final", (frame, v03, final) => {
    expect(isFinal(frame)).toBe(final);
    expect(toV03StreamEvent(frame, { final })).toEqual(v03);
    expect(fromV03StreamEvent(v03)).toEqual(frame);
  });

  it("lets the chunk that closes an artifact be empty", () => {
    const closing = {
      kind: "artifact-update",
      ...ids,
      artifact: { artifactId: "a", parts: [] },
      append: true,
      lastChunk: true,
    };
    expect(fromV03StreamEvent(closing)).toMatchObject({ artifactUpdate: { artifact: { parts: [] } } });
    expect(() => fromV03StreamEvent({ ...closing, append: false })).toThrow("artifact.parts: must not be empty");
  });

  it("refuses an event of no known kind", () => {
    expect(() => fromV03StreamEvent({ id: "t" })).toThrow("kind: is required");
    expect(() => fromV03StreamEvent({ kind: "log" })).toThrow(
      "kind: must be one of task, message, status-update, artifact-update",
    );
  });
});
