import { invalidParams } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { textOf } from "./json.ts";

/** A request of OpenAI's embeddings. */
export interface EmbedRequest {
  readonly model: string | undefined;
  readonly input: readonly string[];
  readonly dimensions?: number;
  /** `base64`: little-endian 32-bit floats, as OpenAI's own clients ask for. */
  readonly encoding: "float" | "base64";
  readonly raw: JsonObject;
}

const MAX_INPUTS = 2_048;
const MAX_DIMENSIONS = 65_536;

/** @throws INVALID_PARAMS */
export function parseEmbedRequest(raw: JsonObject): EmbedRequest {
  const { input, dimensions, encoding_format: encoding } = raw;
  const texts = typeof input === "string" ? [input] : Array.isArray(input) ? input : [];
  const read = texts.filter((text) => typeof text === "string");
  if (read.length === 0 || read.length !== texts.length || read.length > MAX_INPUTS) {
    throw invalidParams([{ field: "input", description: `must be a text or 1 to ${MAX_INPUTS} texts` }]);
  }
  const fits = typeof dimensions === "number" && Number.isInteger(dimensions) && dimensions > 0;
  if (dimensions !== undefined && !(fits && dimensions <= MAX_DIMENSIONS)) {
    throw invalidParams([{ field: "dimensions", description: `must be a whole number up to ${MAX_DIMENSIONS}` }]);
  }
  const model = textOf(raw["model"]);
  return {
    model: model === "" ? undefined : model,
    input: read,
    ...(fits ? { dimensions } : {}),
    encoding: encoding === "base64" ? "base64" : "float",
    raw,
  };
}
