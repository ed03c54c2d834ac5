import type { IncomingMessage } from "node:http";
import { PlatformError } from "@berth/protocol";

const SINGLETONS: ReadonlySet<string> = new Set([
  "host",
  "authorization",
  "x-api-key",
  "cookie",
  "origin",
  "content-type",
  "content-length",
  "a2a-version",
  "idempotency-key",
  "last-event-id",
  "mcp-protocol-version",
  "mcp-session-id",
  "mcp-method",
  "mcp-name",
]);

const LENGTHS: ReadonlySet<number> = new Set([...SINGLETONS].map((name) => name.length));

/**
 * Node keeps the first of some repeated headers, the last of others and joins the rest. Two parties that pick
 * differently is how requests are smuggled past a check, so a repeated one is refused. @throws INVALID_REQUEST
 */
export function assertSingletonHeaders({ rawHeaders }: IncomingMessage): void {
  let seen: Set<string> | undefined;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const raw = rawHeaders[i] ?? "";
    if (!LENGTHS.has(raw.length)) continue;
    const name = raw.toLowerCase();
    if (!SINGLETONS.has(name)) continue;
    seen ??= new Set();
    if (seen.has(name)) throw new PlatformError("INVALID_REQUEST", `The header ${name} is there more than once.`);
    seen.add(name);
  }
}
