import { TaskState } from "@berth/protocol";
import { expect, test } from "vitest";
import type { Binding } from "../bindings/index.ts";
import { collect, saying, statesOf, taskOf, textsOf } from "../house.ts";
import type { House } from "../house.ts";

/** Frames that fit nothing, or an end that is none: the task fails and says that the agent is to blame. */
const UNUSABLE = [
  "not json",
  "not a frame",
  "no such state",
  "artifact without parts",
  "nothing at all",
  "no end",
] as const;

/** What an agent sends is hostile until it is parsed; nothing that it breaks may be anybody else's. */
export function describeHostileAgent(house: House, binding: Binding): void {
  test("[ROGUE-IDS-001] the agent's ids, one or many, reach nobody", async () => {
    const client = house.client(binding, { agent: "rogue" });
    const frames = await collect(await client.stream(saying("foreign ids")));
    expect(JSON.stringify(frames)).not.toContain("rogue-");
    const ids = frames.map(({ frame }) => {
      if ("task" in frame) return frame.task.id;
      if ("statusUpdate" in frame) return frame.statusUpdate.taskId;
      return "artifactUpdate" in frame ? frame.artifactUpdate.taskId : "";
    });
    expect(new Set(ids).size).toBe(1);
    const task = await client.get({ id: ids[0] ?? "" });
    expect([task.status.state, textsOf(task)]).toEqual([TaskState.Completed, "mine"]);
    expect(JSON.stringify(task)).not.toContain("rogue-");
  });

  test("[ROGUE-IDS-002] an agent that names another task of the platform writes into its own all the same", async () => {
    const victim = taskOf(await house.client(binding).send(saying("ask what?")));
    const client = house.client(binding, { agent: "rogue", as: "bob" });
    const thief = taskOf(await client.send(saying("stolen ids", { metadata: { victim: victim.id } })));
    expect([thief.status.state, textsOf(thief)]).toEqual([TaskState.Completed, "stolen"]);
    expect(thief.id).not.toBe(victim.id);
    expect(await house.client(binding).get({ id: victim.id })).toEqual(victim);
  });

  test("[ROGUE-STATE-001] a task that began does not go back to SUBMITTED", async () => {
    const client = house.client(binding, { agent: "rogue" });
    const frames = await collect(await client.stream(saying("backwards")));
    expect(statesOf(frames)).toEqual([TaskState.Submitted, TaskState.Working, TaskState.Completed]);
    expect(JSON.stringify(frames)).not.toContain("submitted again");
  });

  test("[ROGUE-END-001] nothing that comes after the end is shown or kept", async () => {
    const client = house.client(binding, { agent: "rogue" });
    const frames = await collect(await client.stream(saying("after the end")));
    expect(statesOf(frames)).toEqual([TaskState.Submitted, TaskState.Completed]);
    const id = frames[0] !== undefined && "task" in frames[0].frame ? frames[0].frame.task.id : "";
    const task = await client.get({ id });
    expect(task).toMatchObject({ status: { state: TaskState.Completed, message: { parts: [{ text: "over" }] } } });
    expect(textsOf(task)).toBe("");
  });

  test.each(UNUSABLE)("[ROGUE-FRAME-001] %s: the task fails with INVALID_AGENT_RESPONSE", async (misdeed) => {
    const task = taskOf(await house.client(binding, { agent: "rogue" }).send(saying(misdeed)));
    expect(task.status).toMatchObject({
      state: TaskState.Failed,
      message: { role: "ROLE_AGENT", metadata: { reason: "INVALID_AGENT_RESPONSE" } },
    });
  });

  test("[ROGUE-FRAME-002] what an agent answers instead of A2A is not passed on", async () => {
    const task = taskOf(await house.client(binding, { agent: "rogue" }).send(saying("html error")));
    expect(task.status).toMatchObject({ state: TaskState.Failed, message: { metadata: { reason: "AGENT_ERROR" } } });
    expect(JSON.stringify(task)).not.toContain("secret");
  });

  test("[ROGUE-FRAME-003] a connection that breaks ends the task as FAILED, once", async () => {
    const frames = await collect(await house.client(binding, { agent: "rogue" }).stream(saying("hangs up")));
    expect(statesOf(frames)).toEqual([TaskState.Submitted, TaskState.Failed]);
  });

  test("[ROGUE-ROLE-001] an agent cannot speak as the user, nor in another task", async () => {
    const task = taskOf(await house.client(binding, { agent: "rogue" }).send(saying("impostor")));
    expect(task.status.message).toMatchObject({ role: "ROLE_AGENT", taskId: task.id, contextId: task.contextId });
  });

  test("[ROGUE-MESSAGE-001] a message after a task is part of the task, not a second answer", async () => {
    const client = house.client(binding, { agent: "rogue" });
    const frames = await collect(await client.stream(saying("message after task")));
    expect(frames.some(({ frame }) => "message" in frame)).toBe(false);
    const id = frames[0] !== undefined && "task" in frames[0].frame ? frames[0].frame.task.id : "";
    expect((await client.get({ id })).history?.at(-1)).toMatchObject({
      role: "ROLE_AGENT",
      parts: [{ text: "by the way" }],
    });
  });

  test("[ROGUE-MESSAGE-002] of two messages without a task only the first is the answer", async () => {
    const frames = await collect(await house.client(binding, { agent: "rogue" }).stream(saying("two messages")));
    expect(frames.map(({ frame }) => frame)).toEqual([
      { message: expect.objectContaining({ role: "ROLE_AGENT", parts: [{ text: "one" }] }) },
    ]);
  });
}
