import { TaskState } from "@berth/protocol";
import { expect, test } from "vitest";
import { parseViews } from "./saved-views.ts";
import { readTaskQuery } from "./task-query.ts";
import { rowOfChange, withChange } from "./task-row.ts";
import type { TaskRow } from "./task-row.ts";

const ROW: TaskRow = {
  task: {
    id: "task_1",
    contextId: "ctx_1",
    status: {
      state: TaskState.Working,
      timestamp: "2026-11-29T10:00:00.000Z",
      message: { messageId: "m", role: "ROLE_AGENT", parts: [{ text: "counting sheep" }] },
    },
  },
  agent: "planner",
  release: "rel_1",
  principalId: "key_1",
  createdAt: "2026-11-29T09:00:00.000Z",
};
const NOW = Date.parse("2026-11-29T10:30:00.000Z");
const fits = (text: string) => readTaskQuery(text, NOW).matches(ROW);

test("what the platform can filter by is asked of it, one request for each state", () => {
  expect(readTaskQuery("agent:planner context:ctx_9 status:working", NOW).requests).toEqual([
    { agent: "planner", contextId: "ctx_9", status: "TASK_STATE_WORKING" },
  ]);
  expect(readTaskQuery("status:input-required|auth-required", NOW).requests).toEqual([
    { status: "TASK_STATE_INPUT_REQUIRED" },
    { status: "TASK_STATE_AUTH_REQUIRED" },
  ]);
  for (const text of ["", "-agent:planner", "agent:pl*", "agent:a|b", "-status:failed", "words"])
    expect(readTaskQuery(text, NOW).requests, text).toEqual([{}]);
});

test("the rest is looked for in the rows", () => {
  for (const text of [
    "agent:planner",
    "status:working",
    "-status:failed",
    "caller:key_1",
    "context:ctx_*",
    "task:task_1",
    "sheep",
    "agent:pl* counting",
    "since:1h",
    "release:rel_1",
  ]) {
    expect(fits(text), text).toBe(true);
  }
  for (const text of ["agent:other", "status:failed|completed", "-caller:key_1", "goats", "since:5m", "level:error"])
    expect(fits(text), text).toBe(false);
});

test("a query that cannot be read says why and hides nothing", () => {
  const { problem, requests, matches } = readTaskQuery("status:wroking", NOW);
  expect(problem).toContain("status");
  expect([requests, matches(ROW)]).toEqual([[{}], true]);
});

test("a row becomes what the stream says, unless that is older", () => {
  const change = {
    taskId: "task_1",
    contextId: "ctx_1",
    agent: "planner",
    release: "rel_1",
    state: TaskState.Completed,
    seq: 9,
    at: "2026-11-29T10:05:00.000Z",
  };
  expect(withChange(ROW, change).task.status).toEqual({ state: TaskState.Completed, timestamp: change.at });
  expect(withChange(ROW, { ...change, state: TaskState.Working }).task.status.message).toBeDefined();
  expect(withChange(ROW, { ...change, at: "2026-11-29T09:59:00.000Z" })).toBe(ROW);
  expect(withChange(ROW, undefined)).toBe(ROW);
  expect(rowOfChange(change)).toMatchObject({ agent: "planner", task: { id: "task_1" } });
});

test("views that do not read are left out", () => {
  expect(parseViews('[{"name":"a","query":"x"},{"name":""},3,{"name":"b"}]')).toEqual([{ name: "a", query: "x" }]);
  for (const text of [null, "{", "{}"]) expect(parseViews(text)).toEqual([]);
});
