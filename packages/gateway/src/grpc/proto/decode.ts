import { BinaryReader, WireType } from "@bufbuild/protobuf/wire";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { JsonObject, JsonValue } from "@berth/protocol";
import { readStruct, readTimestamp, readValue } from "./read-well-known.ts";
import type { FieldSchema, FieldType, MessageSchema } from "./schema.ts";
import { WireScope } from "./wire-scope.ts";

/**
 * A message from the wire as ProtoJSON, the form that our parsers read. Attacker-controlled: it may nest no deeper than
 * a JSON body may. @throws PARSE_ERROR, REQUEST_TOO_DEEP, INVALID_REQUEST
 */
export function decodeMessage(schema: MessageSchema, bytes: Uint8Array, maxDepth: number): JsonObject {
  try {
    const reader = new BinaryReader(bytes);
    return readMessage(schema, new WireScope(reader, { end: reader.len, depth: 1, maxDepth }));
  } catch (cause) {
    if (isPlatformError(cause)) throw cause;
    throw new PlatformError("PARSE_ERROR", "The message is not valid protobuf.", { cause });
  }
}

function readMessage(schema: MessageSchema, scope: WireScope): JsonObject {
  const message: { [name: string]: JsonValue } = {};
  const lists = new Map<string, JsonValue[]>();
  for (const [number, wireType] of scope.tags()) {
    const field = schema.byNumber.get(number);
    // What a newer .proto has is skipped, and so is a known number with a foreign wire type. Maps are in cards alone,
    // which nobody sends us.
    if (field === undefined || field.label === "map" || wireTypeOf(field) !== wireType) {
      scope.reader.skip(wireType, number);
    } else if (field.label === "repeated") {
      const list = lists.get(field.name) ?? [];
      list.push(readField(field.type, scope.deeper()));
      lists.set(field.name, list);
    } else {
      const value = readField(field.type, scope);
      if (field.label === "optional" || !isDefault(value)) message[field.name] = value;
    }
  }
  for (const [name, list] of lists) message[name] = list;
  return message;
}

function readField(type: FieldType, scope: WireScope): JsonValue {
  const { reader } = scope;
  switch (type) {
    case "string":
      return reader.string();
    case "bytes":
      return Buffer.from(reader.bytes()).toString("base64");
    case "int32":
      return reader.int32();
    case "bool":
      return reader.bool();
    case "struct":
      return readStruct(scope.enter().deeper());
    case "value":
      return readValue(scope.enter());
    case "timestamp":
      return readTimestamp(scope.enter());
    default:
      if (!("names" in type)) return readMessage(type, scope.enter().deeper());
      return nameOf(type.names, reader.int32());
  }
}

/** An unknown number stays a number, for the parser to refuse by the field's name. */
function nameOf(names: readonly string[], number: number): JsonValue {
  return number === 0 ? "" : (names[number] ?? number);
}

function wireTypeOf({ type }: FieldSchema): WireType {
  const isVarint = type === "int32" || type === "bool" || (typeof type === "object" && "names" in type);
  return isVarint ? WireType.Varint : WireType.LengthDelimited;
}

/** What proto3 does not tell from absence, and ProtoJSON leaves out. */
function isDefault(value: JsonValue): boolean {
  return value === "" || value === 0 || value === false;
}
