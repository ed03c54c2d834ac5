import { createHash } from "node:crypto";
import type { JsonObject } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import { objectAt } from "./json.ts";
import type { McpCall } from "./mcp-call.ts";
import { McpCode, McpError } from "./mcp-error.ts";
import type { Sealer } from "./sealer.ts";

/** A session of a 2025 client. Its id carries everything, sealed: no node keeps it, and no restart loses it. */
export interface Session {
  /** Tells sessions apart. */
  readonly key: string;
  readonly capabilities: JsonObject;
}

/** What we may ever ask of a client; the rest of what it says need not travel. */
const KEPT = ["elicitation", "sampling", "roots"] as const;
const MAX_CAPABILITIES = 1_024;

export function beginSession(sealer: Sealer, { principal }: Exchange, declared: JsonObject): string {
  const kept = Object.fromEntries(
    KEPT.flatMap((name) => {
      const capability = objectAt(declared, name);
      return capability === undefined ? [] : [[name, capability] as const];
    }),
  );
  const isSmall = JSON.stringify(kept).length <= MAX_CAPABILITIES;
  return sealer.seal("session", principal, { capabilities: isSmall ? kept : {} });
}

/** Undefined when the request names none. @throws 404 for one that is not ours: the client begins a new one then. */
export function sessionOf(sealer: Sealer, exchange: Exchange): Session | undefined {
  const id = exchange.header("mcp-session-id");
  if (id === undefined) return undefined;
  const opened = sealer.open("session", exchange.principal, id);
  if (opened === undefined) {
    throw new McpError(McpCode.InvalidParams, "There is no such session; begin a new one.", { httpStatus: 404 });
  }
  const key = createHash("sha256").update(id).digest("base64url");
  return { key, capabilities: objectAt(opened, "capabilities") ?? {} };
}

/** For what is remembered from one request to the next. @throws INVALID_PARAMS without a session. */
export function sessionKeyOf({ session, request }: McpCall): string {
  if (session !== undefined) return session;
  throw new McpError(McpCode.InvalidParams, `"${request.method}" needs a session: send the Mcp-Session-Id.`);
}
