import { isUtf8 } from "node:buffer";
import type { IncomingMessage } from "node:http";
import { PlatformError } from "@berth/protocol";
import type { Exchange } from "./exchange.ts";
import type { Limits } from "./limits.ts";
import { parseJson } from "./parse-json.ts";

/** @throws REQUEST_TOO_LARGE, CANCELED when the caller goes away half way. */
export async function readBody(req: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const declared = Number(req.headers["content-length"] ?? "0");
  if (declared > maxBytes) throw tooLarge(maxBytes);
  if (req.destroyed && !req.complete) throw gone();
  return await new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    const settle = (end: () => void): void => {
      req.off("data", onData).off("end", onEnd).off("close", onClose);
      end();
    };
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= maxBytes) chunks.push(chunk);
      else settle(() => reject(tooLarge(maxBytes)));
    };
    const onEnd = (): void =>
      settle(() => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)));
    const onClose = (): void => settle(() => reject(gone()));
    req.on("data", onData).on("end", onEnd).on("close", onClose);
  });
}

/** A JSON body. @throws UNSUPPORTED_MEDIA_TYPE, REQUEST_TOO_LARGE, REQUEST_TOO_DEEP, PARSE_ERROR */
export async function readJson({ req }: Exchange, limits: Limits): Promise<unknown> {
  assertJson(req);
  return parseBody(await readBody(req, limits.maxBodyBytes), limits);
}

/** The same, where no body at all means `undefined`. */
export async function readOptionalJson({ req }: Exchange, limits: Limits): Promise<unknown> {
  if (req.headers["content-type"] !== undefined) assertJson(req);
  const body = await readBody(req, limits.maxBodyBytes);
  if (body.length === 0) return undefined;
  assertJson(req);
  return parseBody(body, limits);
}

/**
 * Only what a page of another origin cannot send without asking first (a CORS preflight, which we never answer): so a
 * body without a media type is refused as well. @throws UNSUPPORTED_MEDIA_TYPE
 */
export function assertJson(req: IncomingMessage): void {
  const type = req.headers["content-type"] ?? "";
  const [media = "", ...parameters] = type.toLowerCase().split(";");
  const known = media.trim() === "application/json" || /^application\/[\w.-]+\+json$/.test(media.trim());
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith("charset="));
  const readable = charset === undefined || /^charset="?utf-?8"?$/.test(charset);
  if (!known || !readable) {
    throw new PlatformError(
      "UNSUPPORTED_MEDIA_TYPE",
      `The body must be JSON in UTF-8; this says "${type.slice(0, 100)}".`,
      {
        hint: "Send Content-Type: application/json.",
      },
    );
  }
  assertPlain(req);
}

/** @throws UNSUPPORTED_MEDIA_TYPE for a compressed body. */
export function assertPlain(req: IncomingMessage): void {
  const encoding = req.headers["content-encoding"];
  if (encoding === undefined || encoding === "identity") return;
  throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", "A compressed body is not accepted.", {
    hint: "Leave Content-Encoding out.",
  });
}

/** @throws PARSE_ERROR, REQUEST_TOO_DEEP */
export function parseBody(body: Buffer, { maxJsonDepth }: Limits): unknown {
  if (!isUtf8(body)) throw new PlatformError("PARSE_ERROR", "The body is not valid UTF-8.");
  return parseJson(body.toString("utf8"), maxJsonDepth);
}

function tooLarge(maxBytes: number): PlatformError {
  return new PlatformError("REQUEST_TOO_LARGE", `The body is larger than ${maxBytes} bytes.`);
}

function gone(): PlatformError {
  return new PlatformError("CANCELED", "The caller went away before the request was complete.");
}
