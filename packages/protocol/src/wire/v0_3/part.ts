import type { JsonObject, JsonValue, Part } from "../../a2a.ts";
import { absoluteUrl, bytes } from "../../validation/formats.ts";
import { isObject, present, protoObject } from "../../validation/proto-object.ts";
import type { Parser } from "../../validation/place.ts";
import { anyString, jsonObject, oneOf, optionalString } from "../../validation/values.ts";
import { json } from "./json.ts";

/** 0.3 data parts are objects. The official SDKs wrap any other value as `{value}` under this metadata flag; so do we. */
const WRAPPED = "data_part_compat";

export function toV03Part(part: Part): JsonObject {
  if (part.text !== undefined) return json({ kind: "text", text: part.text, metadata: part.metadata });
  if (part.data !== undefined) {
    const { data, metadata } = wrapData(part.data, part.metadata);
    return json({ kind: "data", data, metadata });
  }
  const file = json({ uri: part.url, bytes: part.raw, mimeType: part.mediaType, name: part.filename });
  return json({ kind: "file", file, metadata: part.metadata });
}

export function wrapData(
  data: JsonValue,
  metadata: JsonObject | undefined,
): { readonly data: JsonObject; readonly metadata: JsonObject | undefined } {
  // An object in JSON is a JsonObject.
  if (isObject(data)) return { data: data as JsonObject, metadata };
  return { data: { value: data }, metadata: { ...metadata, [WRAPPED]: true } };
}

/** The inverse of `wrapData`. */
export function dataPart(data: JsonObject | undefined, metadata: JsonObject | undefined): Part {
  if (metadata?.[WRAPPED] !== true) return present<Part>({ ...EMPTY, data, metadata });
  const { [WRAPPED]: _, ...rest } = metadata;
  const value = data === undefined || data["value"] === undefined ? data : data["value"];
  return present<Part>({ ...EMPTY, data: value, metadata: Object.keys(rest).length === 0 ? undefined : rest });
}

export const EMPTY = {
  text: undefined,
  raw: undefined,
  url: undefined,
  data: undefined,
  metadata: undefined,
  filename: undefined,
  mediaType: undefined,
} as const;

export const v03Part: Parser<Part> = protoObject((object) => {
  const metadata = object.optional("metadata", jsonObject);
  switch (object.required("kind", oneOf(["text", "file", "data"]))) {
    case "text":
      return present<Part>({ ...EMPTY, text: object.required("text", anyString), metadata });
    case "data":
      return dataPart(object.required("data", jsonObject), metadata);
    case "file":
      return present<Part>({ ...EMPTY, ...object.required("file", v03File), metadata });
    default:
      return undefined;
  }
});

const v03File: Parser<Part> = protoObject((object) => {
  if (object.has("uri") === object.has("bytes")) object.place.report("must have exactly one of bytes and uri");
  return present<Part>({
    ...EMPTY,
    raw: object.optional("bytes", bytes),
    url: object.optional("uri", absoluteUrl),
    filename: object.optional("name", optionalString),
    mediaType: object.optional("mimeType", optionalString),
  });
});
