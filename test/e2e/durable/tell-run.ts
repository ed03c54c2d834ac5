import { randomUUID } from "node:crypto";
import { SKILL_CALL_METADATA, TaskState, isTerminal } from "@berth/protocol";
import type { TaskEvent, TaskView } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import type { CallContext } from "../../../packages/control/src/tasks/task-engine.ts";
import { alice } from "./crashing-house.ts";
import type { CrashingHouse } from "./crashing-house.ts";

export const call: CallContext = { principal: alice, protocol: "a2a" };

export interface Told {
  readonly view: TaskView;
  readonly events: readonly TaskEvent[];
}

export async function start(house: CrashingHouse, skill = "run", agent = "scripted"): Promise<string> {
  const metadata = { [SKILL_CALL_METADATA]: { skill } };
  const message = { messageId: randomUUID(), role: "ROLE_USER" as const, parts: [{ text: "go" }], metadata };
  return (await house.engine.accept(call, agent, { message })).taskId;
}

export async function answer(house: CrashingHouse, taskId: string, text = "Ada", id = "a-1"): Promise<void> {
  const message = { messageId: id, role: "ROLE_USER" as const, taskId, parts: [{ text }] };
  await house.engine.accept(call, "scripted", { message });
}

export async function viewOf(house: CrashingHouse, taskId: string): Promise<TaskView> {
  return (await house.engine.get(call, taskId)).view;
}

/** So often, in all. */
export async function suspended(house: CrashingHouse, taskId: string, times = 1): Promise<void> {
  await waitFor("the run to be suspended", async () => {
    const events = await house.events(taskId);
    return events.filter(({ body }) => body.kind === "run" && body.phase === "suspended").length >= times;
  });
}

/** Until the run is over: answers what it asks, lets time pass where it waits, and ends the platform when told to. */
export async function finish(
  house: CrashingHouse,
  taskId: string,
  endsPlatform: () => boolean = () => false,
): Promise<Told> {
  let asked = 0;
  let seq = 0;
  await waitFor(
    "the run to end",
    async () => {
      if (endsPlatform()) await house.restart();
      const view = await viewOf(house, taskId);
      if (isTerminal(view.task.status.state)) return true;
      if (view.task.status.state === TaskState.InputRequired) {
        asked += 1;
        await answer(house, taskId, "Ada", `a-${asked}`);
      } else if (view.seq === seq) await house.advance();
      seq = view.seq;
      return undefined;
    },
    60_000,
  );
  return { view: await viewOf(house, taskId), events: await house.events(taskId) };
}

/** The parts of its artifacts, by name. */
export function partsOf({ task }: TaskView): ReadonlyMap<string | undefined, readonly unknown[]> {
  return new Map(task.artifacts?.map(({ name, parts }) => [name, parts.map(({ text, data }) => text ?? data)]));
}
