import type { IncomingMessage } from "node:http";
import { PlatformError } from "@berth/protocol";

/**
 * A2A 1.0.1 §3.6: `Major.Minor`, patch ignored. Without a header a request is taken for 1.0: this server knows no other
 * version, and a 0.3 request fails by its method name or its shape.
 */
export function checkVersion(request: IncomingMessage, url: URL): void {
  const header = request.headers["a2a-version"];
  const asked = (typeof header === "string" ? header : url.searchParams.get("A2A-Version")) ?? "";
  if (asked === "" || /^1\.0(\.\d+)?$/.test(asked)) return;
  throw new PlatformError("VERSION_NOT_SUPPORTED", `This agent speaks A2A 1.0, not "${asked}".`);
}
