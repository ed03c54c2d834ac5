import { PlatformError, toLogLevel } from "@berth/protocol";
import type { JsonObject, LogLevel } from "@berth/protocol";
import type { RpcId } from "../a2a/render-error.ts";
import type { RpcRequest } from "../a2a/rpc-request.ts";
import type { Exchange } from "../edge/exchange.ts";
import { assertHeaders } from "./request-headers.ts";
import { isJsonObject, member, objectAt } from "./json.ts";
import { McpCode, McpError } from "./mcp-error.ts";
import { MODERN_REVISION, Meta, REVISIONS, TASKS_EXTENSION, isLegacyRevision } from "./revision.ts";
import type { Era } from "./revision.ts";

export interface McpRequest {
  readonly era: Era;
  /** Undefined: a notification. */
  readonly id: RpcId | undefined;
  readonly method: string;
  readonly params: JsonObject;
  /** What this client can do: said with the request in 2026; before, its session knows it. */
  readonly capabilities: JsonObject;
  readonly progressToken: string | number | undefined;
  /** How severe an entry of an agent's log has to be; undefined: the caller wants none. Its session knows it before 2026. */
  readonly logLevel: LogLevel | undefined;
}

/**
 * Both eras on one address: a request belongs to 2026 when it says so in its `_meta`, its header or its method.
 * @throws INVALID_PARAMS, and what MCP refuses by codes of its own.
 */
export function toMcpRequest(exchange: Exchange, rpc: RpcRequest): McpRequest {
  const params = rpc.params ?? {};
  if (!isJsonObject(params)) throw new PlatformError("INVALID_PARAMS", `"params" must be an object.`);
  const meta = objectAt(params, "_meta") ?? {};
  const token = meta["progressToken"];
  const shared = {
    id: rpc.id,
    method: rpc.method,
    params,
    progressToken: typeof token === "string" || typeof token === "number" ? token : undefined,
  };
  const header = exchange.header("mcp-protocol-version");
  const claimed = member(meta, Meta.ProtocolVersion);
  const isLegacy = claimed === undefined && (header === undefined || isLegacyRevision(header));
  if (isLegacy && rpc.method !== "server/discover") {
    return { ...shared, era: "legacy", capabilities: {}, logLevel: undefined };
  }
  assertRevision(header, claimed);
  const capabilities = member(meta, Meta.ClientCapabilities);
  if (!isJsonObject(capabilities)) throw malformedMeta(Meta.ClientCapabilities);
  const wanted = member(meta, Meta.LogLevel);
  const logLevel = toLogLevel(wanted);
  if (wanted !== undefined && logLevel === undefined) throw malformedMeta(Meta.LogLevel);
  const request = { ...shared, era: "modern", capabilities, logLevel } as const;
  if (request.id !== undefined) assertHeaders(exchange, request);
  return request;
}

export function declaresTasks({ era, capabilities }: McpRequest): boolean {
  return era === "modern" && objectAt(objectAt(capabilities, "extensions"), TASKS_EXTENSION) !== undefined;
}

/** Answers to what an earlier try of the same request asked for. @throws INVALID_PARAMS */
export function inputResponsesOf({ era, params }: McpRequest): JsonObject {
  const responses = member(params, "inputResponses");
  if (era === "legacy" || responses === undefined) return {};
  if (isJsonObject(responses)) return responses;
  throw new McpError(McpCode.InvalidParams, `"inputResponses" must be an object.`, { httpStatus: 200 });
}

/** The header has to be there and say what the body says; then the revision has to be ours. */
function assertRevision(header: string | undefined, claimed: unknown): void {
  if (typeof claimed !== "string") {
    if (header !== undefined && !REVISIONS.includes(header)) throw unsupported(header);
    throw malformedMeta(Meta.ProtocolVersion);
  }
  if (header !== claimed) {
    const said = header === undefined ? "is missing" : `says "${header.slice(0, 40)}"`;
    throw new McpError(
      McpCode.HeaderMismatch,
      `Header mismatch: MCP-Protocol-Version ${said}, the body says "${claimed.slice(0, 40)}".`,
    );
  }
  if (claimed !== MODERN_REVISION) throw unsupported(claimed);
}

function unsupported(requested: string): McpError {
  return new McpError(McpCode.UnsupportedVersion, `MCP revision "${requested.slice(0, 40)}" is not spoken here.`, {
    data: { supported: REVISIONS, requested },
  });
}

function malformedMeta(field: string): McpError {
  return new McpError(McpCode.InvalidParams, `params._meta["${field}"] is missing or malformed.`);
}
