import { isUtf8 } from "node:buffer";
import { PlatformError } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import { assertPlain, readBody } from "../edge/read-body.ts";

/** Parameters of OAuth and of our own pages; the library takes 56 KB. */
const MAX_FORM_BYTES = 48 * 1_024;
export const FORM_TYPE = "application/x-www-form-urlencoded";

/** @throws UNSUPPORTED_MEDIA_TYPE, REQUEST_TOO_LARGE, PARSE_ERROR */
export async function readForm({ req }: Exchange): Promise<URLSearchParams> {
  const [type = ""] = (req.headers["content-type"] ?? "").toLowerCase().split(";");
  if (type.trim() !== FORM_TYPE) throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", `The body must be ${FORM_TYPE}.`);
  assertPlain(req);
  const body = await readBody(req, MAX_FORM_BYTES);
  if (!isUtf8(body)) throw new PlatformError("PARSE_ERROR", "The body is not valid UTF-8.");
  return new URLSearchParams(body.toString("utf8"));
}
