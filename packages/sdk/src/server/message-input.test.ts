import { Role } from "@berth/protocol";
import type { JsonObject, Message, Part } from "@berth/protocol";
import { expect, test } from "vitest";
import { inputOf } from "./message-input.ts";

const said = (...parts: Part[]): Message => ({ messageId: "1", role: Role.User, parts });
const oneText: JsonObject = { type: "object", properties: { text: { type: "string" } }, required: ["text"] };
const twoNumbers: JsonObject = { type: "object", properties: { a: {}, b: {} }, required: ["a", "b"] };

test.each<[string, Message, JsonObject | undefined, unknown]>([
  ["the first data part", said({ text: "x" }, { data: { a: 1 } }, { data: 2 }), twoNumbers, { a: 1 }],
  ["text as the only string", said({ text: "hello" }, { text: "there" }), oneText, { text: "hello\nthere" }],
  ["JSON with the only string", said({ text: '{"text":"hi","more":1}' }), oneText, { text: "hi", more: 1 }],
  ["other JSON as the only string", said({ text: '{"a":1}' }), oneText, { text: '{"a":1}' }],
  ["text as JSON", said({ text: '{"a":1,"b":2}' }), twoNumbers, { a: 1, b: 2 }],
  ["text as it is for a string", said({ text: "12" }), { type: "string" }, "12"],
])("%s", (_name, message, schema, input) => {
  expect(inputOf(message, { hasSchema: true, ...(schema === undefined ? {} : { schema }) })).toEqual({ input });
});

test("without a schema text stays text", () => {
  expect(inputOf(said({ text: "12" }), { hasSchema: false })).toEqual({ input: "12" });
});

test("text that is no JSON cannot fill a structured input", () => {
  expect(inputOf(said({ text: "hello" }), { hasSchema: true, schema: twoNumbers })).toHaveProperty("problem");
});
