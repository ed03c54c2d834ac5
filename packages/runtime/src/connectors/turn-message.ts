import { PRINCIPAL_METADATA } from "@berth/protocol";
import type { JsonObject, Message, SendMessageRequest } from "@berth/protocol";
import type { Turn } from "../agent-connector.ts";

/** The message as an agent of ours gets it: with its own ids where it gave some, and with the verified caller. */
export function turnRequest(turn: Turn): SendMessageRequest {
  const { kind, id, orgId, scopes } = turn.principal;
  // Last, so that nothing a caller sent stands in its place.
  return requestOf(turn, { ...turn.message.metadata, [PRINCIPAL_METADATA]: { kind, id, orgId, scopes } });
}

/** The same for an agent elsewhere: who our caller is is not theirs to know, nor is a caller's claim ours to pass on. */
export function foreignTurnRequest(turn: Turn): SendMessageRequest {
  const { [PRINCIPAL_METADATA]: _caller, ...metadata } = turn.message.metadata ?? {};
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
