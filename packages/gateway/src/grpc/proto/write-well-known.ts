import { WireType } from "@bufbuild/protobuf/wire";
import type { BinaryWriter } from "@bufbuild/protobuf/wire";
import type { JsonObject, JsonValue } from "@berth/protocol";

/** google.protobuf.Struct */
export function writeStruct(writer: BinaryWriter, object: JsonObject): void {
  for (const [key, value] of Object.entries(object)) {
    writer.tag(1, WireType.LengthDelimited).fork();
    writer.tag(1, WireType.LengthDelimited).string(key);
    writer.tag(2, WireType.LengthDelimited).fork();
    writeValue(writer, value);
    writer.join().join();
  }
}

/** google.protobuf.Value */
export function writeValue(writer: BinaryWriter, value: JsonValue): void {
  if (value === null) writer.tag(1, WireType.Varint).int32(0);
  else if (typeof value === "number") writer.tag(2, WireType.Bit64).double(value);
  else if (typeof value === "string") writer.tag(3, WireType.LengthDelimited).string(value);
  else if (typeof value === "boolean") writer.tag(4, WireType.Varint).bool(value);
  else if (Array.isArray(value)) {
    writer.tag(6, WireType.LengthDelimited).fork();
    for (const each of value as readonly JsonValue[]) {
      writer.tag(1, WireType.LengthDelimited).fork();
      writeValue(writer, each);
      writer.join();
    }
    writer.join();
  } else {
    writer.tag(5, WireType.LengthDelimited).fork();
    writeStruct(writer, value as JsonObject); // neither a list nor a scalar
    writer.join();
  }
}

/** google.protobuf.Timestamp, from its ProtoJSON. */
export function writeTimestamp(writer: BinaryWriter, text: string): void {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) throw new Error(`${JSON.stringify(text)} is no timestamp`);
  const seconds = Math.floor(ms / 1_000);
  if (seconds !== 0) writer.tag(1, WireType.Varint).int64(seconds);
  const nanos = (ms - seconds * 1_000) * 1_000_000;
  if (nanos !== 0) writer.tag(2, WireType.Varint).int32(nanos);
}
