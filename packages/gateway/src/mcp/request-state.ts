import { createHash } from "node:crypto";
import type { JsonObject } from "@berth/protocol";
import { canonicalText, textAt } from "./json.ts";
import type { McpCall } from "./mcp-call.ts";
import { McpCode, McpError } from "./mcp-error.ts";

/** How long a client may take to ask its user. */
const MAX_AGE_MS = 24 * 60 * 60 * 1_000;

/** The task behind an unanswered call, as the client carries it: for the same caller, tool and arguments only. */
export interface RequestState {
  readonly taskId: string;
  readonly tool: string;
  readonly args: JsonObject;
}

export function sealRequestState({ sealer, exchange }: McpCall, { taskId, tool, args }: RequestState): string {
  return sealer.seal("request state", exchange.principal, {
    taskId,
    tool,
    args: digestOf(args),
    expires: Date.now() + MAX_AGE_MS,
  });
}

/** The id of the task. @throws INVALID_PARAMS for what was not sealed for this call, or too long ago. */
export function openRequestState(call: McpCall, sealed: unknown, asked: Omit<RequestState, "taskId">): string {
  const { sealer, exchange } = call;
  const state = typeof sealed === "string" ? sealer.open("request state", exchange.principal, sealed) : undefined;
  const taskId = textAt(state, "taskId");
  const expires = state?.["expires"];
  const isFor = state?.["tool"] === asked.tool && state["args"] === digestOf(asked.args);
  if (taskId !== undefined && isFor && typeof expires === "number" && expires > Date.now()) return taskId;
  throw new McpError(McpCode.InvalidParams, "The requestState is not valid for this call, or has expired.", {
    httpStatus: 200,
  });
}

function digestOf(args: JsonObject): string {
  return createHash("sha256").update(canonicalText(args)).digest("base64url");
}
