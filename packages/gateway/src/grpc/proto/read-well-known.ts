import { WireType } from "@bufbuild/protobuf/wire";
import type { JsonObject, JsonValue } from "@berth/protocol";
import type { WireScope } from "./wire-scope.ts";

/** google.protobuf.Struct: `map<string, Value> fields = 1`. */
export function readStruct(scope: WireScope): JsonObject {
  const object: { [key: string]: JsonValue } = {};
  for (const [number, wireType] of scope.tags()) {
    if (number !== 1 || wireType !== WireType.LengthDelimited) scope.reader.skip(wireType, number);
    else {
      const [key, value] = readEntry(scope.enter());
      object[key] = value;
    }
  }
  return object;
}

/** google.protobuf.Value: one of null, number, string, bool, struct and list; none of them is null, too. */
export function readValue(scope: WireScope): JsonValue {
  const { reader } = scope;
  let value: JsonValue = null;
  for (const [number, wireType] of scope.tags()) {
    const read = VALUES[number];
    if (read === undefined || read.wireType !== wireType) reader.skip(wireType, number);
    else value = read.read(scope);
  }
  return value;
}

interface ValueReader {
  readonly wireType: WireType;
  readonly read: (scope: WireScope) => JsonValue;
}

const VALUES: { readonly [number: number]: ValueReader | undefined } = {
  1: {
    wireType: WireType.Varint,
    read: ({ reader }) => {
      reader.int32();
      return null;
    },
  },
  2: { wireType: WireType.Bit64, read: ({ reader }) => finite(reader.double()) },
  3: { wireType: WireType.LengthDelimited, read: ({ reader }) => reader.string() },
  4: { wireType: WireType.Varint, read: ({ reader }) => reader.bool() },
  5: { wireType: WireType.LengthDelimited, read: (scope) => readStruct(scope.enter().deeper()) },
  6: { wireType: WireType.LengthDelimited, read: (scope) => readList(scope.enter().deeper()) },
};

/** google.protobuf.Timestamp, as ProtoJSON writes it. */
export function readTimestamp(scope: WireScope): string {
  const { reader } = scope;
  let seconds = 0;
  let nanos = 0;
  for (const [number, wireType] of scope.tags()) {
    if (number === 1 && wireType === WireType.Varint) seconds = Number(reader.int64());
    else if (number === 2 && wireType === WireType.Varint) nanos = reader.int32();
    else reader.skip(wireType, number);
  }
  const text = new Date(seconds * 1_000 + Math.trunc(nanos / 1e6)).toISOString();
  if (text.length !== "2026-01-01T00:00:00.000Z".length)
    throw new RangeError("a timestamp outside the years 0 to 9999");
  return text;
}

function readEntry(scope: WireScope): [key: string, value: JsonValue] {
  const { reader } = scope;
  let key = "";
  let value: JsonValue = null;
  for (const [number, wireType] of scope.tags()) {
    if (number === 1 && wireType === WireType.LengthDelimited) key = reader.string();
    else if (number === 2 && wireType === WireType.LengthDelimited) value = readValue(scope.enter());
    else reader.skip(wireType, number);
  }
  scope.assertKey(key);
  return [key, value];
}

function readList(scope: WireScope): JsonValue {
  const list: JsonValue[] = [];
  for (const [number, wireType] of scope.tags()) {
    if (number === 1 && wireType === WireType.LengthDelimited) list.push(readValue(scope.enter()));
    else scope.reader.skip(wireType, number);
  }
  return list;
}

/** JSON has no others. */
function finite(number: number): number {
  if (Number.isFinite(number)) return number;
  throw new RangeError("a number that JSON does not have");
}
