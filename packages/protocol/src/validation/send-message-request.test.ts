import { describe, expect, it } from "vitest";
import { isPlatformError } from "../errors.ts";
import { parseMessage, parseSendMessageRequest } from "./index.ts";

const MESSAGE = { messageId: "m1", role: "ROLE_USER", parts: [{ text: "hello" }] };

/** The violations of a value that must not parse, as `field: description`. */
function violationsOf(parse: () => unknown): readonly string[] {
  try {
    parse();
  } catch (error) {
    if (isPlatformError(error) && error.reason === "INVALID_PARAMS") {
      return error.violations.map(({ field, description }) => `${field}: ${description}`);
    }
    throw error;
  }
  throw new Error("the value parsed");
}

const sent = (message: unknown): readonly string[] => violationsOf(() => parseSendMessageRequest({ message }));

describe("parseSendMessageRequest", () => {
  it("keeps every field of the type and drops what it does not know", () => {
    const request = {
      tenant: "acme",
      message: {
        messageId: "m1",
        contextId: "c1",
        taskId: "t1",
        role: "ROLE_USER",
        parts: [
          { text: "hi", mediaType: "text/markdown", metadata: { a: 1 } },
          { raw: "aGk=", filename: "hi.txt" },
          { url: "https://example.com/a.png" },
          { data: { rows: [1, null] } },
        ],
        metadata: { k: { deep: true } },
        extensions: ["https://example.com/ext"],
        referenceTaskIds: ["t0"],
      },
      configuration: {
        acceptedOutputModes: ["text/plain"],
        taskPushNotificationConfig: {
          url: "https://example.com/hook",
          token: "secret",
          authentication: { scheme: "Bearer", credentials: "x" },
        },
        historyLength: 0,
        returnImmediately: true,
      },
      metadata: { trace: "x" },
    };
    expect(parseSendMessageRequest({ ...request, future: 1, message: { ...request.message, alsoNew: {} } })).toEqual(
      request,
    );
  });

  it("accepts the proto names of fields", () => {
    const parsed = parseSendMessageRequest({
      message: {
        message_id: "m1",
        context_id: "c1",
        role: "ROLE_USER",
        parts: [{ text: "hi", media_type: "text/plain" }],
      },
      configuration: { return_immediately: true, history_length: 3, accepted_output_modes: ["a/b"] },
    });
    expect(parsed).toEqual({
      message: {
        messageId: "m1",
        contextId: "c1",
        role: "ROLE_USER",
        parts: [{ text: "hi", mediaType: "text/plain" }],
      },
      configuration: { returnImmediately: true, historyLength: 3, acceptedOutputModes: ["a/b"] },
    });
  });

  it("refuses a field given under both of its names", () => {
    expect(sent({ ...MESSAGE, message_id: "m2" })).toEqual([
      "message.messageId: is given twice, as messageId and message_id",
    ]);
  });

  it("reads null and the empty string as absent, as proto3 does", () => {
    const parsed = parseSendMessageRequest({
      tenant: "",
      message: { ...MESSAGE, contextId: "", taskId: null, metadata: null, extensions: null },
      configuration: null,
    });
    expect(parsed).toEqual({ message: MESSAGE });
  });

  it("reports every violation with its path at once", () => {
    const violations = violationsOf(() =>
      parseSendMessageRequest({
        message: { role: "user", parts: [{ text: 1 }, { data: 1, url: "https://a.b" }, "x"], referenceTaskIds: "t" },
        configuration: {
          historyLength: -1,
          returnImmediately: "yes",
          taskPushNotificationConfig: { url: "file:///a" },
        },
        metadata: [],
      }),
    );
    expect(violations).toEqual([
      "message.messageId: is required",
      "message.role: must be one of ROLE_USER",
      "message.parts[0].text: must be a string",
      "message.parts[1]: must have exactly one of text, raw, url, data, and has url, data",
      "message.parts[2]: must be a JSON object",
      "message.referenceTaskIds: must be an array",
      "configuration.taskPushNotificationConfig.url: must be an http or https URL",
      "configuration.historyLength: must be at least 0",
      "configuration.returnImmediately: must be true or false",
      "metadata: must be a JSON object",
    ]);
  });

  it.each([
    ["no parts", { ...MESSAGE, parts: undefined }, "message.parts: is required"],
    ["empty parts", { ...MESSAGE, parts: [] }, "message.parts: must not be empty"],
    [
      "a part without content",
      { ...MESSAGE, parts: [{ metadata: {} }] },
      "message.parts[0]: must have one of text, raw, url, data",
    ],
    ["the agent's role", { ...MESSAGE, role: "ROLE_AGENT" }, "message.role: must be one of ROLE_USER"],
    ["an enum by number", { ...MESSAGE, role: 1 }, "message.role: must be one of ROLE_USER"],
    ["no role", { ...MESSAGE, role: null }, "message.role: is required"],
    ["an empty id", { ...MESSAGE, messageId: "" }, "message.messageId: must not be empty"],
    [
      "an endless id",
      { ...MESSAGE, messageId: "x".repeat(257) },
      "message.messageId: must not be longer than 256 characters",
    ],
    [
      "an id with a line break",
      { ...MESSAGE, messageId: "a\nb" },
      "message.messageId: must not contain control characters",
    ],
    [
      "a relative url",
      { ...MESSAGE, parts: [{ url: "/etc/passwd" }] },
      "message.parts[0].url: must be an absolute URL",
    ],
    ["bytes that are no base64", { ...MESSAGE, parts: [{ raw: "a b" }] }, "message.parts[0].raw: must be base64"],
    [
      "too many parts",
      { ...MESSAGE, parts: Array.from({ length: 1001 }, () => ({ text: "" })) },
      "message.parts: must not have more than 1000 entries",
    ],
    ["a list of objects for strings", { ...MESSAGE, extensions: [{}] }, "message.extensions[0]: must be a string"],
    ["an array for the message", [], "message: must be a JSON object"],
  ])("refuses %s", (_, message, violation) => {
    expect(sent(message)).toEqual([violation]);
  });

  it.each([[undefined], [null], ["text"], [7], [[]], [true]])("refuses %j as a request", (value) => {
    expect(violationsOf(() => parseSendMessageRequest(value))).toEqual(["request: must be a JSON object"]);
  });

  it("counts 10,000 entries and no more", () => {
    const ids = Array(10_001).fill("t");
    expect(sent({ ...MESSAGE, referenceTaskIds: ids })).toEqual([
      "message.referenceTaskIds: must not have more than 10000 entries",
    ]);
    expect(parseMessage({ ...MESSAGE, referenceTaskIds: ids.slice(1) }).referenceTaskIds).toHaveLength(10_000);
  });

  it("stops collecting after 100 violations", () => {
    const parts = Array.from({ length: 1000 }, () => ({ text: 1 }));
    expect(sent({ ...MESSAGE, parts })).toHaveLength(100);
  });

  it("keeps a data part of null, and only when nothing else is there", () => {
    expect(parseMessage({ ...MESSAGE, parts: [{ data: null }] }).parts).toEqual([{ data: null }]);
    const spelledOut = { text: "hi", raw: null, url: null, data: null };
    expect(parseMessage({ ...MESSAGE, parts: [spelledOut] }).parts).toEqual([{ text: "hi" }]);
  });

  it("keeps empty text and empty bytes: a oneof member that is set", () => {
    const parts = [{ text: "" }, { raw: "" }];
    expect(parseMessage({ ...MESSAGE, parts }).parts).toEqual(parts);
  });

  it("is not fooled by prototype keys", () => {
    const hostile: unknown = JSON.parse(
      '{"message":{"__proto__":{"messageId":"m","role":"ROLE_USER"},"constructor":{"prototype":{"polluted":1}},' +
        '"parts":[{"__proto__":{"text":"hi"}}],"metadata":{"__proto__":{"polluted":1}}}}',
    );
    expect(violationsOf(() => parseSendMessageRequest(hostile))).toEqual([
      "message.messageId: is required",
      "message.role: is required",
      "message.parts[0]: must have one of text, raw, url, data",
    ]);
    const { metadata } = parseMessage(
      JSON.parse(JSON.stringify(MESSAGE).replace("{", '{"metadata":{"__proto__":{"polluted":1}},')),
    );
    expect(Object.getPrototypeOf(metadata)).toBe(Object.prototype);
    expect(Reflect.get({}, "polluted")).toBeUndefined();
  });
});

describe("parseMessage", () => {
  it("takes either role and demands one", () => {
    expect(parseMessage({ ...MESSAGE, role: "ROLE_AGENT" }).role).toBe("ROLE_AGENT");
    expect(violationsOf(() => parseMessage({ ...MESSAGE, role: undefined }))).toEqual(["role: is required"]);
  });
});
