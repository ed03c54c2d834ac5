import { PRINCIPAL_METADATA, RUN_METADATA } from "@berth/protocol";
import type { JsonObject, Message, Principal, RunCredentials, SendMessageRequest } from "@berth/protocol";
import { TRACE_METADATA } from "@berth/telemetry";
import type { Turn } from "../agent-connector.ts";
import type { AgentRequest } from "./agent-wire.ts";

/** W3C Trace Context §3, of this exchange; nothing that a caller sent beside it, baggage least of all, comes this far. */
export function withTrace(request: AgentRequest, { trace }: Turn): AgentRequest {
  return trace === undefined ? request : { ...request, headers: { ...request.headers, ...trace } };
}

/**
 * The message as an agent of ours gets it: with its own ids where it gave some, with the verified caller, and with what
 * the run may do.
 */
export function turnRequest(turn: Turn): SendMessageRequest {
  const { [RUN_METADATA]: _forged, ...metadata } = turn.message.metadata ?? {};
  return requestOf(turn, {
    ...metadata,
    // Last, so that nothing a caller sent stands in its place.
    [PRINCIPAL_METADATA]: toCaller(turn.principal),
    ...(turn.credentials === undefined ? {} : { [RUN_METADATA]: toRun(turn.credentials) }),
  });
}

function toCaller({ kind, id, orgId, scopes, actors }: Principal): JsonObject {
  return { kind, id, orgId, scopes, ...(actors === undefined ? {} : { actors }) };
}

function toRun(credentials: RunCredentials): JsonObject {
  return { ...credentials };
}

/** The same for an agent elsewhere: who our caller is is not theirs to know, nor is a caller's claim ours to pass on. */
export function foreignTurnRequest(turn: Turn): SendMessageRequest {
  const { [PRINCIPAL_METADATA]: _caller, [RUN_METADATA]: _run, ...metadata } = turn.message.metadata ?? {};
  return requestOf(turn, metadata);
}

function requestOf(turn: Turn, metadata: JsonObject): SendMessageRequest {
  const { taskId: _ours, metadata: _metadata, ...rest } = turn.message;
  const { trace } = turn;
  // A caller's own is part of ours.
  const { [TRACE_METADATA]: _callers, ...others } = metadata;
  const said: JsonObject = trace === undefined ? others : { ...others, [TRACE_METADATA]: { ...trace } };
  const message: Message = {
    ...rest,
    contextId: turn.upstream?.contextId ?? turn.contextId,
    ...(turn.upstream === undefined ? {} : { taskId: turn.upstream.taskId }),
    ...(Object.keys(said).length === 0 ? {} : { metadata: said }),
  };
  return {
    message,
    ...(turn.acceptedOutputModes === undefined
      ? {}
      : { configuration: { acceptedOutputModes: turn.acceptedOutputModes } }),
    ...(turn.metadata === undefined ? {} : { metadata: turn.metadata }),
  };
}
