/** A message of a .proto file: field number, type and cardinality by the field's JSON name. */
export interface MessageSchema {
  readonly fields: readonly FieldSchema[];
  readonly byNumber: ReadonlyMap<number, FieldSchema>;
}

export interface FieldSchema {
  readonly name: string;
  readonly number: number;
  readonly type: FieldType;
  readonly label: Label;
}

/** `optional` marks explicit presence: `optional` fields, and members of a oneof. `map` has string keys. */
export type Label = "implicit" | "optional" | "repeated" | "map";

type ScalarType = "string" | "bytes" | "int32" | "bool";
/** google.protobuf.{Struct, Value, Timestamp}, which have a JSON form of their own. */
type WellKnownType = "struct" | "value" | "timestamp";
export type FieldType = ScalarType | WellKnownType | EnumSchema | MessageSchema;

/** Names by number, from 0. */
export interface EnumSchema {
  readonly names: readonly string[];
}

export function message(fields: {
  readonly [name: string]: readonly [number: number, type: FieldType, label?: Label];
}): MessageSchema {
  const list = Object.entries(fields).map(([name, [number, type, label = "implicit"]]) => ({
    name,
    number,
    type,
    label,
  }));
  return { fields: list, byNumber: new Map(list.map((field) => [field.number, field])) };
}

export function enumeration(...names: readonly string[]): EnumSchema {
  return { names };
}

/** google.protobuf.Empty */
export const EMPTY: MessageSchema = message({});
