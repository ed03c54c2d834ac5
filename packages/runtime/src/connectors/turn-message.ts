import { PRINCIPAL_METADATA } from "@berth/protocol";
import type { Message, SendMessageRequest } from "@berth/protocol";
import type { Turn } from "../agent-connector.ts";

/** The message as the agent gets it: with its own ids where it gave some, and with the verified caller. */
export function turnRequest(turn: Turn): SendMessageRequest {
  const { kind, id, orgId, scopes } = turn.principal;
  const { taskId: _ours, ...rest } = turn.message;
  const message: Message = {
    ...rest,
    contextId: turn.upstream?.contextId ?? turn.contextId,
    ...(turn.upstream === undefined ? {} : { taskId: turn.upstream.taskId }),
    // Last, so that nothing a caller sent stands in its place.
    metadata: { ...turn.message.metadata, [PRINCIPAL_METADATA]: { kind, id, orgId, scopes } },
  };
  return {
    message,
    ...(turn.acceptedOutputModes === undefined
      ? {}
      : { configuration: { acceptedOutputModes: turn.acceptedOutputModes } }),
    ...(turn.metadata === undefined ? {} : { metadata: turn.metadata }),
  };
}
