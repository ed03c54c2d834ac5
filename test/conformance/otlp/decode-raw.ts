import { spawnSync } from "node:child_process";

/** Field numbers and values of a protobuf message, as protoc reads it without knowing what it is: other people's eyes. */
export type RawFields = readonly (readonly [field: string, value: string | RawFields])[];

export function decodeRaw(bytes: Uint8Array): RawFields {
  const { status, stdout, stderr } = spawnSync("protoc", ["--decode_raw"], { input: bytes, encoding: "latin1" });
  if (status !== 0) throw new Error(`protoc cannot read it: ${stderr}`);
  const lines = stdout.split("\n");
  let at = 0;
  const block = (): RawFields => {
    const fields: (readonly [string, string | RawFields])[] = [];
    for (; at < lines.length;) {
      const line = lines[at]?.trim() ?? "";
      at += 1;
      if (line === "}") break;
      const open = /^(\d+) \{$/.exec(line);
      const [, field = "", value = ""] = /^(\d+): (.*)$/.exec(line) ?? [];
      if (open !== null) fields.push([open[1] ?? "", block()]);
      else if (field !== "") fields.push([field, value]);
    }
    return fields;
  };
  return block();
}

/** Every message in it that has this field with this value. */
export function messagesWith(fields: RawFields, field: string, value: string): readonly RawFields[] {
  const own = fields.some(([number, each]) => number === field && each === value) ? [fields] : [];
  return [...own, ...fields.flatMap(([, each]) => (typeof each === "string" ? [] : messagesWith(each, field, value)))];
}

/** Fields in the order of their numbers, repeated ones as they come; without numbers that are zero, which proto3 may leave out. */
export function canonical(fields: RawFields): RawFields {
  return fields
    .filter(([, value]) => value !== "0")
    .map(([field, value]) => [field, typeof value === "string" ? value : canonical(value)] as const)
    .toSorted(([a], [b]) => Number(a) - Number(b));
}

export function without(fields: RawFields, left: readonly string[]): RawFields {
  return fields.filter(([field]) => !left.includes(field));
}
