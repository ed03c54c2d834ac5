import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { JsonObject, JsonValue } from "@berth/protocol";
import type { FieldSchema, FieldType, MessageSchema } from "./schema.ts";
import { writeStruct, writeTimestamp, writeValue } from "./write-well-known.ts";

/** ProtoJSON of our own making as the wire has it; fields that the schema does not know are left out. */
export function encodeMessage(schema: MessageSchema, json: JsonObject): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(writer, schema, json);
  return writer.finish();
}

function writeMessage(writer: BinaryWriter, schema: MessageSchema, json: JsonObject): void {
  for (const field of schema.fields) {
    const value = json[field.name];
    if (value === undefined || (value === null && field.type !== "value")) continue;
    if (field.label === "repeated") {
      for (const each of listAt(field, value)) writeField(writer, field, each);
    } else if (field.label === "map") {
      for (const entry of Object.entries(objectAt(field, value))) writeEntry(writer, field, entry);
    } else if (field.label === "optional" || !isDefault(value)) {
      writeField(writer, field, value);
    }
  }
}

function writeEntry(writer: BinaryWriter, field: FieldSchema, [key, value]: [string, JsonValue]): void {
  writer.tag(field.number, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(key);
  writeField(writer, { ...field, number: 2 }, value);
  writer.join();
}

function writeField(writer: BinaryWriter, field: FieldSchema, value: JsonValue): void {
  const { number, type } = field;
  switch (type) {
    case "string":
      writer.tag(number, WireType.LengthDelimited).string(textOf(value));
      return;
    case "bytes":
      writer.tag(number, WireType.LengthDelimited).bytes(Buffer.from(textOf(value), "base64"));
      return;
    case "int32":
      writer.tag(number, WireType.Varint).int32(Number(value));
      return;
    case "bool":
      writer.tag(number, WireType.Varint).bool(value === true);
      return;
    default:
      if (typeof type === "object" && "names" in type) {
        writer.tag(number, WireType.Varint).int32(numberOf(field, type.names, value));
        return;
      }
      writer.tag(number, WireType.LengthDelimited).fork();
      writeNested(writer, { ...field, type }, value);
      writer.join();
  }
}

type NestedType = Exclude<FieldType, "string" | "bytes" | "int32" | "bool" | { readonly names: readonly string[] }>;

function writeNested(writer: BinaryWriter, field: FieldSchema & { readonly type: NestedType }, value: JsonValue): void {
  switch (field.type) {
    case "struct":
      return writeStruct(writer, objectAt(field, value));
    case "value":
      return writeValue(writer, value);
    case "timestamp":
      return writeTimestamp(writer, textOf(value));
    default:
      return writeMessage(writer, field.type, objectAt(field, value));
  }
}

function numberOf({ name }: FieldSchema, names: readonly string[], value: JsonValue): number {
  const number = names.findIndex((each) => each === value);
  if (number === -1) throw new Error(`${name}: the .proto has no ${JSON.stringify(value)}`);
  return number;
}

/** An error's metadata may hold a number where the .proto has a string. */
function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function listAt({ name }: FieldSchema, value: JsonValue): readonly JsonValue[] {
  if (Array.isArray(value)) return value;
  throw new Error(`${name} is not a list`);
}

function objectAt({ name }: FieldSchema, value: JsonValue): JsonObject {
  // An object that is no list is a JsonObject.
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw new Error(`${name} is not an object`);
}

function isDefault(value: JsonValue): boolean {
  return value === "" || value === 0 || value === false;
}
