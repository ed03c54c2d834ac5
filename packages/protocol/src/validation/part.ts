import type { Part } from "../a2a.ts";
import { absoluteUrl, bytes } from "./formats.ts";
import type { Parser } from "./place.ts";
import { present, protoObject } from "./proto-object.ts";
import type { ProtoObject } from "./proto-object.ts";
import { anyString, jsonObject, jsonValue, listOf, optionalString } from "./values.ts";

const MAX_PARTS = 1000;

/** A2A 1.0.1 §4.1.6: exactly one of `text`, `raw`, `url`, `data`. */
const part: Parser<Part> = protoObject((object) => {
  checkContent(object);
  return present<Part>({
    text: object.optional("text", anyString),
    raw: object.optional("raw", bytes),
    url: object.optional("url", absoluteUrl),
    data: hasData(object) ? jsonValue(object.raw("data"), object.place.field("data")) : undefined,
    metadata: object.optional("metadata", jsonObject),
    filename: object.optional("filename", optionalString),
    mediaType: object.optional("mediaType", optionalString),
  });
});

/** A `data` of null is a value of its own, unless the sender spells out every absent member as null. */
function hasData(object: ProtoObject): boolean {
  if (object.has("data")) return true;
  const another = object.has("text") || object.has("raw") || object.has("url");
  return object.raw("data") === null && !another;
}

function checkContent(object: ProtoObject): void {
  const given = ["text", "raw", "url"].filter((name) => object.has(name));
  if (hasData(object)) given.push("data");
  if (given.length === 0) object.place.report("must have one of text, raw, url, data");
  if (given.length > 1)
    object.place.report(`must have exactly one of text, raw, url, data, and has ${given.join(", ")}`);
}

export const parts: Parser<readonly Part[]> = listOf(part, { min: 1, max: MAX_PARTS });

export const maybeNoParts: Parser<readonly Part[]> = listOf(part, { max: MAX_PARTS });
