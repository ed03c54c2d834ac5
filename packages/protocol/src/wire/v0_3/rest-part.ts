import type { JsonObject, Part } from "../../a2a.ts";
import { absoluteUrl, bytes } from "../../validation/formats.ts";
import { present, protoObject } from "../../validation/proto-object.ts";
import type { Parser } from "../../validation/place.ts";
import { anyString, jsonObject, optionalString } from "../../validation/values.ts";
import { json } from "./json.ts";
import { EMPTY, dataPart, v03Part, wrapData } from "./part.ts";

// `name` of a file and `metadata` of a part came after the 0.3.0 proto; readers that lack them ignore them.

export function toV03RestPart(part: Part): JsonObject {
  if (part.text !== undefined) return json({ text: part.text, metadata: part.metadata });
  if (part.data !== undefined) {
    const { data, metadata } = wrapData(part.data, part.metadata);
    return json({ data: { data }, metadata });
  }
  const file = json({
    fileWithUri: part.url,
    fileWithBytes: part.raw,
    mimeType: part.mediaType,
    name: part.filename,
  });
  return json({ file, metadata: part.metadata });
}

const protoPart: Parser<Part> = protoObject((object) => {
  const metadata = object.optional("metadata", jsonObject);
  const given = ["text", "file", "data"].filter((name) => object.has(name));
  if (given.length !== 1) return object.place.report("must have exactly one of text, file, data");
  if (object.has("data")) return dataPart(object.required("data", structured), metadata);
  return present<Part>({
    ...EMPTY,
    text: object.optional("text", anyString),
    ...object.optional("file", file),
    metadata,
  });
});

const structured: Parser<JsonObject> = protoObject((object) => object.required("data", jsonObject));

/** The 0.3 kit sends an empty `file_with_uri` beside the bytes. */
const file: Parser<Part> = protoObject((object) => {
  const url = object.raw("fileWithUri") === "" ? undefined : object.optional("fileWithUri", absoluteUrl);
  const hasUrl = object.has("fileWithUri") && object.raw("fileWithUri") !== "";
  const hasBytes = object.has("fileWithBytes") && (object.raw("fileWithBytes") !== "" || !hasUrl);
  if (hasUrl === hasBytes) object.place.report("must have exactly one of fileWithUri and fileWithBytes");
  return present<Part>({
    ...EMPTY,
    raw: hasBytes ? object.optional("fileWithBytes", bytes) : undefined,
    url,
    filename: object.optional("name", optionalString),
    mediaType: object.optional("mimeType", optionalString),
  });
});

/** Proto JSON, or the JSON-RPC spelling with `kind`, which the 0.3 text (§3.2.3) asks of REST. */
export const v03RestPart: Parser<Part> = protoObject((object) => object.as(object.has("kind") ? v03Part : protoPart));
