import type { StreamResponse, TaskState } from "@berth/protocol";
import { expect, test } from "vitest";
import { TaskHomes } from "./task-homes.ts";

function status(taskId: string, state: TaskState): StreamResponse {
  return { statusUpdate: { taskId, contextId: "ctx", status: { state } } };
}

function world(): { homes: TaskHomes; held: string[] } {
  const held: string[] = [];
  const homes = new TaskHomes((instanceId) => {
    held.push(instanceId);
    return () => void held.splice(held.indexOf(instanceId), 1);
  });
  return { homes, held };
}

test("a task's instance is known until the task ends", () => {
  const { homes } = world();
  homes.learn("rel_1", "ins_1", status("t1", "TASK_STATE_WORKING"));
  expect(homes.instanceOf("rel_1", "t1")).toBe("ins_1");
  expect(homes.instanceOf("rel_2", "t1")).toBeUndefined();
  homes.learn("rel_1", "ins_1", status("t1", "TASK_STATE_COMPLETED"));
  expect(homes.instanceOf("rel_1", "t1")).toBeUndefined();
});

test("an instance is held once while its task waits for the caller, and let go when it goes on", () => {
  const { homes, held } = world();
  homes.learn("rel_1", "ins_1", status("t1", "TASK_STATE_INPUT_REQUIRED"));
  homes.learn("rel_1", "ins_1", status("t1", "TASK_STATE_INPUT_REQUIRED"));
  expect(held).toEqual(["ins_1"]);
  homes.resume("rel_1", "t1");
  expect(held).toEqual([]);
  homes.learn("rel_1", "ins_1", status("t1", "TASK_STATE_AUTH_REQUIRED"));
  homes.forget("rel_1", "t1");
  expect(held).toEqual([]);
});

test("at most 10,000 tasks are remembered, and the forgotten hold nothing", () => {
  const { homes, held } = world();
  for (let i = 0; i < 10_001; i++) homes.learn("rel_1", "ins_1", status(`t${i}`, "TASK_STATE_INPUT_REQUIRED"));
  expect(homes.instanceOf("rel_1", "t0")).toBeUndefined();
  expect(homes.instanceOf("rel_1", "t10000")).toBe("ins_1");
  expect(held).toHaveLength(10_000);
});
