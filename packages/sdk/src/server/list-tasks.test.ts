import { TaskState } from "@berth/protocol";
import type { Task } from "@berth/protocol";
import { expect, test } from "vitest";
import { listTasks } from "./list-tasks.ts";

const task = (id: string, second: number, state: TaskState = TaskState.Completed): Task => ({
  id,
  contextId: `ctx-${second % 2}`,
  status: { state, timestamp: new Date(second * 1000).toISOString() },
  artifacts: [],
  history: [],
});
const tasks = [task("a", 1), task("b", 3), task("c", 2, TaskState.Working), task("d", 3)];
const ids = (page: { readonly tasks: readonly Task[] }): string => page.tasks.map(({ id }) => id).join("");

test("pages go from the newest status to the oldest and miss nobody", () => {
  const first = listTasks(tasks, { pageSize: 3 });
  expect(ids(first)).toBe("dbc");
  expect(first).toMatchObject({ totalSize: 4, pageSize: 3 });
  const second = listTasks(tasks, { pageSize: 3, pageToken: first.nextPageToken });
  expect(ids(second)).toBe("a");
  expect(second.nextPageToken).toBe("");
});

test("filters narrow by context, state and time", () => {
  expect(ids(listTasks(tasks, { contextId: "ctx-1" }))).toBe("dba");
  expect(ids(listTasks(tasks, { status: TaskState.Working }))).toBe("c");
  expect(ids(listTasks(tasks, { statusTimestampAfter: "1970-01-01T00:00:02Z" }))).toBe("dbc");
});

test("artifacts are only there when asked for", () => {
  expect(listTasks(tasks, {}).tasks[0]).not.toHaveProperty("artifacts");
  expect(listTasks(tasks, { includeArtifacts: true }).tasks[0]).toHaveProperty("artifacts");
});

test("a token of another making is refused", () => {
  expect(() => listTasks(tasks, { pageToken: "x" })).toThrow("pageToken");
});
