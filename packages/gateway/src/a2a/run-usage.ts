import type { TaskDetails } from "@berth/control";
import { RUN_USAGE_EXTENSION, Role } from "@berth/protocol";
import type { Task } from "@berth/protocol";

/** The task with what its log says of its use: nothing in it is estimated; tokens and cost are the agent's word. */
export function withUsage({ record, view }: TaskDetails): Task {
  const { task, seq } = view;
  const latest = Date.parse(task.status.timestamp ?? record.createdAt);
  const usage = {
    elapsedMs: latest - Date.parse(record.createdAt),
    turns: (task.history ?? []).filter(({ role }) => role === Role.User).length,
    events: seq,
    ...view.usage,
  };
  return { ...task, metadata: { ...task.metadata, [RUN_USAGE_EXTENSION]: usage } };
}
