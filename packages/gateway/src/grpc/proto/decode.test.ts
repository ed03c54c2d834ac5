import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { JsonObject } from "@berth/protocol";
import { describe, expect, test } from "vitest";
import * as v1 from "./a2a-v1.ts";
import { decodeMessage } from "./decode.ts";
import { encodeMessage } from "./encode.ts";
import { message } from "./schema.ts";

describe("hostile bytes", () => {
  const nested = (depth: number): Buffer => {
    let bytes: Uint8Array = new Uint8Array();
    for (let i = 0; i < depth; i++) {
      const list = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(bytes).finish();
      bytes = new BinaryWriter().tag(6, WireType.LengthDelimited).bytes(list).finish();
    }
    return Buffer.from(new BinaryWriter().tag(4, WireType.LengthDelimited).bytes(bytes).finish());
  };
  const schema = message({ data: [4, "value"], text: [1, "string"] });

  test("nest no deeper than a JSON body may, and end in no stack overflow", () => {
    expect(() => decodeMessage(schema, nested(60), 64)).not.toThrow();
    expect(() => decodeMessage(schema, nested(64), 64)).toThrow(/nests deeper than 64/);
    expect(() => decodeMessage(schema, nested(3_000), 64)).toThrow(/nests deeper than 64/);
  });

  test.each([
    ["a field that reaches over the end", [0x0a, 0x05, 0x41]],
    ["a message that reaches over the one around it", [0x22, 0x02, 0x32, 0x09]],
    ["a string in a message that reaches over it", [0x22, 0x02, 0x1a, 0x01, 0x41]],
    ["a group that never ends", [0x0b]],
    ["field number 0", [0x02, 0x00]],
    ["a number that JSON does not have", [0x22, 0x09, 0x11, 0, 0, 0, 0, 0, 0, 0xf0, 0x7f]],
  ])("are a parse error: %s", (_name, bytes) => {
    expect(() => decodeMessage(schema, Uint8Array.from(bytes), 64)).toThrow("The message is not valid protobuf.");
  });

  test("cannot reach an object's prototype", () => {
    const bytes = encodeMessage(message({ m: [6, "struct"] }), JSON.parse('{"m":{"__proto__":{"x":1}}}') as JsonObject);
    expect(() => decodeMessage(message({ m: [6, "struct"] }), bytes, 64)).toThrow(/__proto__/);
  });

  test("with fields that nobody knows are read without them", () => {
    const bytes = new BinaryWriter().tag(99, WireType.LengthDelimited).string("?").tag(1, WireType.Varint).int32(5);
    expect(decodeMessage(schema, bytes.finish(), 64)).toEqual({});
  });

  test("an unknown number of an enum stays a number, for the parser to refuse", () => {
    const bytes = Uint8Array.from([0x12, 0x02, 0x20, 0x63]);
    expect(decodeMessage(v1.SEND_MESSAGE_REQUEST, bytes, 64)).toEqual({ message: { role: 99 } });
  });

  test("a timestamp outside of all years is a parse error", () => {
    const bytes = new BinaryWriter().tag(7, WireType.LengthDelimited).fork();
    bytes.tag(1, WireType.Varint).int64(1e15);
    expect(() => decodeMessage(v1.LIST_TASKS_REQUEST, bytes.join().finish(), 64)).toThrow("not valid protobuf");
  });
});
