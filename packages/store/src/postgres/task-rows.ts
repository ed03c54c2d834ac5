import type { TaskEvent, TaskEventBody } from "@berth/protocol";
import type { TaskRecord } from "../task-store.ts";
import type { TasksTable } from "./schema.ts";

export function toTaskRecord(row: TasksTable): TaskRecord {
  return {
    orgId: row.org_id,
    taskId: row.task_id,
    contextId: row.context_id,
    agentId: row.agent_id,
    releaseId: row.release_id,
    principalId: row.principal_id,
    state: row.state,
    lastSeq: row.last_seq,
    agentSeq: row.agent_seq,
    createdAt: row.created_at,
    statusAt: row.status_at,
  };
}

export function toTaskEvent(row: { task_id: string; seq: number; at: string; body: string }): TaskEvent {
  // The text was made from a TaskEventBody when it was written.
  return { taskId: row.task_id, seq: row.seq, at: row.at, body: JSON.parse(row.body) as TaskEventBody };
}
