import type { IncomingMessage } from "node:http";
import { PlatformError } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";

const MAX_JSON_BYTES = 1024 * 1024;
/** Of one file in a workspace. */
const MAX_FILE_BYTES = 64 * 1024 * 1024;

/** @throws REQUEST_TOO_LARGE */
export async function readBytes(req: IncomingMessage, max: number = MAX_FILE_BYTES): Promise<Uint8Array> {
  const announced = Number(req.headers["content-length"] ?? 0);
  if (announced > max) throw tooLarge(max);
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of req) {
    // Without an encoding a request yields buffers.
    const bytes = chunk as Buffer;
    size += bytes.length;
    if (size > max) throw tooLarge(max);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks);
}

/** @throws PARSE_ERROR, INVALID_REQUEST, REQUEST_TOO_LARGE */
export async function readJsonObject(req: IncomingMessage, max: number = MAX_JSON_BYTES): Promise<JsonObject> {
  const text = new TextDecoder().decode(await readBytes(req, max));
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new PlatformError("PARSE_ERROR", "The body is not JSON.", { cause: error });
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as JsonObject; // parsed from JSON
  throw new PlatformError("INVALID_REQUEST", "The body must be a JSON object.");
}

function tooLarge(max: number): PlatformError {
  return new PlatformError("REQUEST_TOO_LARGE", `The body is larger than ${max} bytes.`);
}
