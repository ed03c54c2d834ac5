import type { IncomingMessage } from "node:http";
import { PlatformError } from "@berth/protocol";

const MAX_BODY_BYTES = 32 * 1024 * 1024;

/**
 * The JSON body of a request. The media type is required: a browser cannot send it to another origin without asking
 * first, which keeps web pages from calling an agent that listens on localhost.
 */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  const type = request.headers["content-type"]?.split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (type !== "application/json" && type !== "application/a2a+json") {
    throw new PlatformError(
      "UNSUPPORTED_MEDIA_TYPE",
      `The body must be application/json, not ${type === "" ? "nothing" : type}.`,
    );
  }
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    // A request without setEncoding yields buffers.
    const buffer = chunk as Buffer;
    bytes += buffer.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new PlatformError("REQUEST_TOO_LARGE", `The body exceeds ${MAX_BODY_BYTES} bytes.`);
    }
    chunks.push(buffer);
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch (error) {
    throw new PlatformError("PARSE_ERROR", "The body is not JSON.", { cause: error });
  }
}
