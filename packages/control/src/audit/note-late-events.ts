import type { JsonObject, TaskEventBody } from "@berth/protocol";
import type { Store, TaskRecord } from "@berth/store";

/**
 * What was seen of a run after its end, such as a file operation that was under way: the run's receipt is made from a
 * log that is closed, so this becomes an entry of the audit log, which is signed too.
 */
export async function noteLateEvents(
  { store, now }: { readonly store: Pick<Store, "audit">; readonly now: () => Date },
  { orgId, agentId, taskId }: Pick<TaskRecord, "orgId" | "agentId" | "taskId">,
  bodies: readonly TaskEventBody[],
): Promise<void> {
  // Event bodies are what the task log keeps as JSON.
  const detail = JSON.parse(JSON.stringify({ events: bodies })) as JsonObject;
  const entry = { orgId, at: now().toISOString(), actor: agentId, action: "run.late", resource: taskId } as const;
  await store.audit.append({ ...entry, outcome: "ok", detail });
}
