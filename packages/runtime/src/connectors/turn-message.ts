import { PRINCIPAL_METADATA, RUN_METADATA } from "@berth/protocol";
import type { JsonObject, Message, Principal, RunCredentials, SendMessageRequest } from "@berth/protocol";
import type { Turn } from "../agent-connector.ts";

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
  const message: Message = {
    ...rest,
    contextId: turn.upstream?.contextId ?? turn.contextId,
    ...(turn.upstream === undefined ? {} : { taskId: turn.upstream.taskId }),
    ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
  };
  return {
    message,
    ...(turn.acceptedOutputModes === undefined
      ? {}
      : { configuration: { acceptedOutputModes: turn.acceptedOutputModes } }),
    ...(turn.metadata === undefined ? {} : { metadata: turn.metadata }),
  };
}
