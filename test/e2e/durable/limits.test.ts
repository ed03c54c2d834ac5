import { DEFAULT_ORG_ID, TaskState } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import { expect, test } from "vitest";
import type { AgentOptions } from "../../../packages/sdk/src/define-agent.ts";
import { skill } from "../../../packages/sdk/src/skill.ts";
import { CrashingHouse } from "./crashing-house.ts";
import { call, finish, start, suspended, viewOf } from "./tell-run.ts";

const admin: Principal = { kind: "user", id: "usr_admin", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };

/** Sleeps between two uses of a model; `hold` keeps its place until it is let go. */
function agentOf(tokens: number, hold: Promise<void> = Promise.resolve()): AgentOptions {
  return {
    name: "scripted",
    version: "1.0.0",
    description: "Uses.",
    skills: {
      run: skill({
        description: "Sleeps",
        durable: true,
        async run(_input, ctx) {
          await ctx.step("before", () => ctx.usage({ inputTokens: tokens, outputTokens: 0 }), {
            compensate: () => undefined,
          });
          await ctx.sleep({ days: 30 });
          await ctx.step("after", () => ctx.usage({ inputTokens: tokens, outputTokens: 0 }));
          await ctx.sleep({ days: 1 });
        },
      }),
      hold: skill({ description: "Holds a place", run: async () => await hold }),
    },
  };
}

test("a run that wakes waits for a place, gets it before later calls, and gives it back", async () => {
  const { promise: hold, resolve: letGo } = Promise.withResolvers<void>();
  const house = await CrashingHouse.open(agentOf(1));
  await house.publish("scripted", agentOf(1, hold), { limits: { concurrentCalls: 1 } });
  const taskId = await start(house);
  await suspended(house, taskId);
  const holder = await start(house, "hold");
  await waitFor("the place to be taken", () => house.instances.length === 2);
  await house.advance();
  await expect(start(house, "hold")).rejects.toMatchObject({ reason: "RATE_LIMITED" });
  letGo();
  const { view } = await finish(house, taskId);
  expect(view.task.status.state).toBe(TaskState.Completed);
  await waitFor(
    "the holder's end",
    async () => (await viewOf(house, holder)).task.status.state === TaskState.Completed,
  );
  expect(house.instances).toHaveLength(4);
  await start(house, "hold");
});

test("a cancel undoes what was done without waiting for a place", async () => {
  const hold = new Promise<void>(() => undefined);
  const house = await CrashingHouse.open(agentOf(1));
  await house.publish("scripted", agentOf(1, hold), { limits: { concurrentCalls: 1 } });
  const taskId = await start(house);
  await suspended(house, taskId);
  await start(house, "hold");
  await waitFor("the place to be taken", () => house.instances.length === 2);
  await house.advance();
  const canceled = await house.engine.cancel(call, taskId);
  expect(canceled.task.status.state).toBe(TaskState.Canceled);
  const undone = (await house.events(taskId)).some(({ body }) => body.kind === "step" && body.op === "compensation");
  expect(undone).toBe(true);
});

test("a run whose caller waits for it, and so keeps its own place, needs none", async () => {
  const { promise: hold, resolve: letGo } = Promise.withResolvers<void>();
  const house = await CrashingHouse.open(agentOf(1, hold));
  const caller = skill({ description: "Waits", run: async (_input, ctx) => await ctx.call("scripted", "run", {}) });
  await house.publish("caller", { name: "caller", version: "1.0.0", description: "Waits.", skills: { run: caller } });
  await house.limits.replace(admin, [{ subject: "organization", concurrentCalls: 2 }]);
  const parentId = await start(house, "run", "caller");
  const childId = await waitFor("the call", async () => {
    const made = (await house.events(parentId)).find(({ body }) => body.kind === "call");
    return made?.body.kind === "call" ? made.body.childTaskId : undefined;
  });
  await suspended(house, childId);
  await start(house, "hold");
  await expect(start(house, "hold")).rejects.toMatchObject({ reason: "RATE_LIMITED" });
  expect((await finish(house, childId)).view.task.status.state).toBe(TaskState.Completed);
  expect((await finish(house, parentId)).view.task.status.state).toBe(TaskState.Completed);
  letGo();
});

test("what a run uses after a restart counts for the month, and with what it used before for its own budget", async () => {
  const house = await CrashingHouse.open(agentOf(1));
  await house.publish("scripted", agentOf(60), { limits: { maxTokensPerTask: 100 } });
  const taskId = await start(house);
  await suspended(house, taskId);
  await house.limits.meter.flush();
  await house.restart();
  const { view, events } = await finish(house, taskId);
  expect(view.task.status.state, JSON.stringify(events.map(({ body }) => body))).toBe(TaskState.Failed);
  expect(events.findLast(({ body }) => body.kind === "status")?.body).toMatchObject({ reason: "BUDGET_EXCEEDED" });
  await house.limits.meter.flush();
  const spent = await Promise.all(
    ["2126-11", "2126-12"].map(async (month) => await house.store.budgets.list(DEFAULT_ORG_ID, month)),
  );
  const ofAgent = spent.map((rows) => rows.find(({ subject }) => subject === "agent"));
  expect(ofAgent.map((row) => [row?.calls, row?.tokens])).toEqual([
    [1, 60],
    [0, 60],
  ]);
  expect((await house.limits.usage(admin)).month).toBe("2126-12");
});
