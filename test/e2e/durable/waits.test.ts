import { DEFAULT_ORG_ID, TaskState } from "@berth/protocol";
import type { JsonValue } from "@berth/protocol";
import type { ApprovalRecord } from "@berth/store";
import { waitFor } from "@berth/testing";
import { expect, test } from "vitest";
import type { AgentOptions } from "../../../packages/sdk/src/define-agent.ts";
import { ScopeDeniedError } from "../../../packages/sdk/src/context.ts";
import type { TaskContext } from "../../../packages/sdk/src/context.ts";
import { skill } from "../../../packages/sdk/src/skill.ts";
import { CrashingHouse, bob } from "./crashing-house.ts";
import { answer, call, finish, partsOf, start, suspended, viewOf } from "./tell-run.ts";

const DAY_MS = 86_400_000;

function agentOf(run: (ctx: TaskContext) => Promise<JsonValue | void>): AgentOptions {
  const only = skill({ description: "Runs", durable: true, run: async (_input, ctx) => await run(ctx) });
  return { name: "scripted", version: "1.0.0", description: "Runs for long.", skills: { run: only } };
}

const asking = agentOf(async (ctx) => {
  const before = await ctx.step("before", () => "before");
  try {
    await ctx.requestScope({ read: ["data/2026.csv"], reason: "the figures", expiresInSeconds: 30 });
    return { before, outcome: "approved" };
  } catch (error) {
    if (!(error instanceof ScopeDeniedError)) throw error;
    return { before, outcome: error.reason };
  }
});

async function approvalOf(house: CrashingHouse, taskId: string): Promise<ApprovalRecord> {
  const [approval] = await house.store.approvals.list(DEFAULT_ORG_ID, { taskId, limit: 10 });
  if (approval === undefined) throw new Error("nothing was asked for");
  return approval;
}

test.each([
  ["approve", "approved"],
  ["deny", "APPROVAL_DENIED"],
] as const)(
  "a scope request is answered while its run is suspended, after a restart: %s",
  async (decision, outcome) => {
    const house = await CrashingHouse.open(asking);
    const taskId = await start(house);
    await suspended(house, taskId);
    expect((await viewOf(house, taskId)).task.status.state).toBe(TaskState.AuthRequired);
    await house.restart();
    const { approvalId } = await approvalOf(house, taskId);
    expect((await house.approvals.show(bob, approvalId)).approval.state).toBe("pending");
    await house.approvals.decide(bob, approvalId, { decision });
    const { view, events } = await finish(house, taskId);
    const context = JSON.stringify(events.map(({ body }) => body));
    expect(partsOf(view).get("output"), context).toEqual([{ before: "before", outcome }]);
    expect(await house.store.approvals.list(DEFAULT_ORG_ID, { taskId, limit: 10 })).toHaveLength(1);
  },
);

test("a decision that was written as the platform went down is found by the next one", async () => {
  const house = await CrashingHouse.open(asking);
  const taskId = await start(house);
  await suspended(house, taskId);
  const approval = await approvalOf(house, taskId);
  // All that is left of a decision is what is in the store: nobody was told.
  house.kill();
  const decided = { state: "denied", decidedAt: house.now().toISOString(), decidedBy: bob.id } as const;
  await house.store.approvals.settle({ ...approval, ...decided });
  await house.restart();
  const { view } = await finish(house, taskId);
  expect(partsOf(view).get("output")).toEqual([{ before: "before", outcome: "APPROVAL_DENIED" }]);
});

test("a scope request that lapses while the platform is down is over when it is back", async () => {
  const house = await CrashingHouse.open(asking);
  const taskId = await start(house);
  await suspended(house, taskId);
  house.kill();
  house.pass(DAY_MS);
  await house.restart();
  const { view } = await finish(house, taskId);
  expect(partsOf(view).get("output")).toEqual([{ before: "before", outcome: "APPROVAL_EXPIRED" }]);
});

test("the grant of a run is one line, across restarts and days", async () => {
  const house = await CrashingHouse.open(
    agentOf(async (ctx) => {
      await ctx.step("one", () => 1);
      await ctx.sleep({ days: 2 });
      return await ctx.step("two", () => 2);
    }),
  );
  const taskId = await start(house);
  await suspended(house, taskId);
  await house.restart();
  const { view, events } = await finish(house, taskId);
  expect(view.task.status.state).toBe(TaskState.Completed);
  const grants = events.flatMap(({ body }) => (body.kind === "grant" ? [body] : []));
  expect(grants.map(({ phase }) => phase)).toEqual(["minted", "renewed"]);
  expect(grants[1]?.priorId).toBe(grants[0]?.grantId);
  expect(new Set(grants.map(({ read, write }) => JSON.stringify([read, write]))).size).toBe(1);
});

test("an answer that came just before the platform went down is the answer", async () => {
  const house = await CrashingHouse.open(
    agentOf(async (ctx) => {
      const name = await ctx.ask("Who are you?");
      return { name, greeted: await ctx.step("greet", () => `Hello ${name}`) };
    }),
  );
  const taskId = await start(house);
  await suspended(house, taskId);
  await answer(house, taskId, "Grace");
  await house.restart();
  const { view, events } = await finish(house, taskId);
  expect(partsOf(view).get("output")).toEqual([{ name: "Grace", greeted: "Hello Grace" }]);
  const asked = events.filter(({ body }) => body.kind === "status" && body.status.state === TaskState.InputRequired);
  expect(asked).toHaveLength(1);
});

test("a question that was open when the platform went down is answered at the next one", async () => {
  const house = await CrashingHouse.open(agentOf(async (ctx) => ({ name: await ctx.ask("Who are you?") })));
  const taskId = await start(house);
  await suspended(house, taskId);
  await house.restart();
  expect((await viewOf(house, taskId)).task.status.state).toBe(TaskState.InputRequired);
  await answer(house, taskId, "Grace");
  expect(partsOf((await finish(house, taskId)).view).get("output")).toEqual([{ name: "Grace" }]);
});

test("a cancel is finished by the next platform when the first one ends while it undoes", async () => {
  const undone: string[] = [];
  let house: CrashingHouse | undefined = undefined;
  const agent = agentOf(async (ctx) => {
    for (const what of ["flight", "hotel"]) {
      await ctx.step(what, () => what, {
        compensate: () => {
          undone.push(what);
          if (undone.length === 1) house?.kill();
        },
      });
    }
    await ctx.sleep({ days: 30 });
  });
  house = await CrashingHouse.open(agent);
  const taskId = await start(house);
  await suspended(house, taskId);
  void house.engine.cancel(call, taskId).catch(() => undefined);
  await waitFor("the first to be undone", () => undone.length === 1);
  await house.restart();
  const { view, events } = await finish(house, taskId);
  expect(view.task.status.state).toBe(TaskState.Canceled);
  expect(undone).toEqual(["hotel", "hotel", "flight"]);
  const keys = events.flatMap(({ body }) =>
    body.kind === "step" && body.op === "compensation" && body.phase === "done" ? [body.key] : [],
  );
  expect(keys).toEqual(["compensation:step:hotel#1", "compensation:step:flight#1"]);
});

test("a run goes on for thirty days on the release that it began on, whatever was deployed meanwhile", async () => {
  const saying = (what: string): AgentOptions =>
    agentOf(async (ctx) => {
      const before = await ctx.step("before", () => what);
      await ctx.sleep({ days: 30 });
      return { before, after: await ctx.step("after", () => what) };
    });
  const house = await CrashingHouse.open(saying("first"));
  const began = house.now().getTime();
  const taskId = await start(house);
  await suspended(house, taskId);
  await house.publish(
    "scripted",
    agentOf(async () => ({ other: "code" })),
  );
  await house.restart();
  const { view } = await finish(house, taskId);
  expect(partsOf(view).get("output")).toEqual([{ before: "first", after: "first" }]);
  expect((house.now().getTime() - began) / DAY_MS).toBeCloseTo(30, 1);
  expect(new Set(house.instances)).toEqual(new Set(["rel_scripted_1"]));
});

test("a run whose agent was removed ends when it would have gone on, and says why", async () => {
  const house = await CrashingHouse.open(agentOf(async (ctx) => await ctx.sleep({ days: 30 })));
  const taskId = await start(house);
  await suspended(house, taskId);
  expect(await house.store.agents.remove(DEFAULT_ORG_ID, "scripted")).toBe(true);
  await house.advance();
  await waitFor("its end", async () => {
    const record = await house.store.tasks.find(DEFAULT_ORG_ID, taskId);
    return record?.state === TaskState.Failed;
  });
  const end = (await house.events(taskId)).findLast(({ body }) => body.kind === "status");
  expect(end?.body).toMatchObject({ reason: "RELEASE_NOT_FOUND" });
});
