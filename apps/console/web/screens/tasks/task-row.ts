import type { Task } from "@berth/protocol";

/** A line of `GET /v1/tasks`. */
export interface TaskRow {
  readonly task: Task;
  readonly agent: string;
  readonly release: string;
  readonly principalId: string;
  readonly createdAt: string;
}

/** What the live stream says of a task: the newest of it. */
export interface TaskChange {
  readonly taskId: string;
  readonly contextId: string;
  readonly agent: string;
  readonly release: string;
  readonly state: Task["status"]["state"];
  readonly seq: number;
  readonly at: string;
}

/** The row as it is by now. What the agent said with an older state is not of this one. */
export function withChange(row: TaskRow, change: TaskChange | undefined): TaskRow {
  const { status } = row.task;
  if (change === undefined || Date.parse(change.at) <= Date.parse(status.timestamp ?? row.createdAt)) return row;
  const message = change.state === status.state ? status.message : undefined;
  return {
    ...row,
    task: {
      ...row.task,
      status: { state: change.state, timestamp: change.at, ...(message === undefined ? {} : { message }) },
    },
  };
}

/** A row of a task that is known from the stream alone. */
export function rowOfChange({ taskId, contextId, agent, release, state, at }: TaskChange): TaskRow {
  return {
    task: { id: taskId, contextId, status: { state, timestamp: at } },
    agent,
    release,
    principalId: "",
    createdAt: at,
  };
}
