import { DEFAULT_ORG_ID, TaskState } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import { expect, test } from "vitest";
import type { AgentOptions } from "../../../packages/sdk/src/define-agent.ts";
import { skill } from "../../../packages/sdk/src/skill.ts";
import type { Crashes } from "./crashing-agent.ts";
import { CrashingHouse } from "./crashing-house.ts";
import { call, finish, partsOf, start, suspended, viewOf } from "./tell-run.ts";

const DAY_SECONDS = 86_400;

/** Calls the child twice, and a step on either side. */
function parent(): AgentOptions {
  return {
    name: "parent",
    version: "1.0.0",
    description: "Calls.",
    skills: {
      run: skill({
        description: "Calls",
        durable: true,
        async run(_input, ctx) {
          const before = await ctx.step("before", () => "before");
          const options = { timeoutSeconds: DAY_SECONDS };
          const first = await ctx.call("child", "work", {}, options);
          const second = await ctx.call("child", "work", {}, options);
          return { before, first, second };
        },
      }),
    },
  };
}

function child(made: string[], sleepSeconds: number): AgentOptions {
  return {
    name: "child",
    version: "1.0.0",
    description: "Works.",
    skills: {
      work: skill({
        description: "Works",
        durable: true,
        async run(_input, ctx) {
          const n = await ctx.step("work", () => made.push(ctx.taskId), { compensate: () => void made.push("undone") });
          if (sleepSeconds > 0) await ctx.sleep({ seconds: sleepSeconds });
          return { n };
        },
      }),
    },
  };
}

async function childrenOf(house: CrashingHouse, taskId: string): Promise<readonly string[]> {
  const events = await house.events(taskId);
  return events.flatMap(({ body }) => (body.kind === "call" ? [body.childTaskId] : []));
}

test(
  "wherever its processes end, a run calls each child once and goes on with its result",
  { timeout: 120_000 },
  async () => {
    // Each write of the run in turn is the last thing that one of its processes does.
    for (const where of ["before_write", "after_write", "frame"] as const) {
      for (let nth = 1; nth <= 8; nth++) {
        let seen = 0;
        const crashes: Crashes = (at) => at === where && ++seen === nth;
        const house = await CrashingHouse.open(parent(), crashes);
        await house.publish("child", child([], 0));
        const { view, events } = await finish(house, await start(house));
        const context = `${where} ${nth}: ${JSON.stringify(events.map(({ body }) => body))}`;
        expect(view.task.status.state, context).toBe(TaskState.Completed);
        const children = events.flatMap(({ body }) => (body.kind === "call" ? [body.childTaskId] : []));
        expect(new Set(children).size, context).toBe(2);
        expect(children, context).toHaveLength(2);
        const made = await house.store.tasks.list({ orgId: DEFAULT_ORG_ID, agentId: "agt_child" }, { size: 10 });
        expect(made.records, context).toHaveLength(2);
      }
    }
  },
);

test("a run that waits for its child needs no instance, and a restart changes nothing of what it gets", async () => {
  const made: string[] = [];
  const house = await CrashingHouse.open(parent());
  await house.publish("child", child(made, DAY_SECONDS / 2));
  const taskId = await start(house);
  await suspended(house, taskId);
  await house.restart();
  const { view, events } = await finish(house, taskId);
  expect(view.task.status.state, JSON.stringify(events.map(({ body }) => body))).toBe(TaskState.Completed);
  expect(made).toEqual(await childrenOf(house, taskId));
  expect(partsOf(view).get("output")).toEqual([{ before: "before", first: { n: 1 }, second: { n: 2 } }]);
});

test("a cancel of a run that waits for its child cancels the child, which undoes what it did", async () => {
  const made: string[] = [];
  const house = await CrashingHouse.open(parent());
  await house.publish("child", child(made, 30 * DAY_SECONDS));
  const taskId = await start(house);
  await suspended(house, taskId);
  const [childId = ""] = await childrenOf(house, taskId);
  await suspended(house, childId);
  await house.restart();
  expect((await house.engine.cancel(call, taskId)).task.status.state).toBe(TaskState.Canceled);
  await waitFor("the child's end", async () => (await viewOf(house, childId)).task.status.state === TaskState.Canceled);
  expect(made).toEqual([childId, "undone"]);
  expect(await house.store.runs.list({ limit: 10 })).toEqual([]);
});
