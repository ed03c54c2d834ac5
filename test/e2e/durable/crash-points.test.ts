import { TaskState } from "@berth/protocol";
import { expect, test } from "vitest";
import type { AgentOptions } from "../../../packages/sdk/src/define-agent.ts";
import { skill } from "../../../packages/sdk/src/skill.ts";
import type { Crashes } from "./crashing-agent.ts";
import { CrashingHouse } from "./crashing-house.ts";
import { call, finish, start, suspended } from "./tell-run.ts";

const SEEDS = process.env["TEST_LONG"] === "1" ? 400 : 40;

function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function marathon(effects: string[]): AgentOptions {
  return {
    name: "scripted",
    version: "1.0.0",
    description: "For tests.",
    skills: {
      run: skill({
        description: "Steps, sleeps and a question",
        durable: true,
        async run(_input, ctx) {
          const results: string[] = [];
          let name = "";
          for (let n = 1; n <= 8; n++) {
            results.push(
              await ctx.step("work", async () => {
                await ctx.progress(`within ${n}`);
                effects.push(`${n}`);
                return `${n}-${effects.length}`;
              }),
            );
            await ctx.progress(`step ${n}`);
            await ctx.artifact("trail", `${n};`, { append: true });
            if (n === 3) await ctx.sleep({ days: 30 });
            if (n === 5) name = await ctx.ask("Who are you?");
            if (n === 6) {
              results.push(...(await Promise.all(["a", "b", "c"].map((each) => ctx.step(each, () => each)))));
            }
          }
          return { name, results };
        },
      }),
    },
  };
}

test(
  `wherever its processes end, a run has each result once (${SEEDS} random histories)`,
  { timeout: 300_000 },
  async () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = randomOf(seed);
      const crashes: Crashes = (where) => random() < (where === "frame" ? 0.02 : 0.08);
      const effects: string[] = [];
      const house = await CrashingHouse.open(marathon(effects), crashes);
      const taskId = await start(house);
      const { view, events } = await finish(house, taskId, () => random() < 0.02);
      const context = `seed ${seed}: ${JSON.stringify(events.filter(({ body }) => body.kind === "run").map(({ body }) => body))}`;

      expect(view.task.status.state, context).toBe(TaskState.Completed);
      expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
      const done = events.flatMap(({ body }) => (body.kind === "step" && body.phase === "done" ? [body] : []));
      expect(new Set(done.map(({ key }) => key)).size, context).toBe(done.length);
      expect(done, context).toHaveLength(11);
      const parts = new Map(view.task.artifacts?.map((artifact) => [artifact.name, artifact.parts]));
      const output = parts.get("output")?.[0]?.data as { name: string; results: string[] };
      expect(output.name).toBe("Ada");
      expect(output.results.toSorted(), context).toEqual(done.map(({ result }) => result as string).toSorted());
      expect(
        parts.get("trail")?.map(({ text }) => text),
        context,
      ).toEqual(["1;", "2;", "3;", "4;", "5;", "6;", "7;", "8;"]);
      const texts = events.flatMap(({ body }) =>
        body.kind === "status" ? (body.status.message?.parts.map(({ text }) => text) ?? []) : [],
      );
      expect(new Set(texts).size, `${context} ${texts.join()}`).toBe(texts.length);
      expect(await house.store.runs.list({ limit: 10 })).toEqual([]);
    }
  },
);

test("a sleep of thirty days ends after thirty days, and needs an instance before and after it", async () => {
  const house = await CrashingHouse.open(marathon([]));
  const began = house.now();
  const taskId = await start(house);
  const { view } = await finish(house, taskId);
  expect(view.task.status.state).toBe(TaskState.Completed);
  expect((house.now().getTime() - began.getTime()) / 86_400_000).toBeCloseTo(30, 1);
  expect(house.instances).toHaveLength(3);
});

test("a cancel while it sleeps undoes the finished steps, the last first, and then the task is canceled", async () => {
  const undone: string[] = [];
  const book = (what: string): { compensate: () => void } => ({ compensate: () => void undone.push(what) });
  const house = await CrashingHouse.open({
    ...marathon([]),
    skills: {
      run: skill({
        description: "Books",
        durable: true,
        async run(_input, ctx) {
          await ctx.step("flight", () => "booked", book("flight"));
          await ctx.step("hotel", () => "booked", book("hotel"));
          await ctx.sleep({ days: 30 });
          await ctx.step("car", () => "booked", book("car"));
        },
      }),
    },
  });
  const taskId = await start(house);
  await suspended(house, taskId);
  const view = await house.engine.cancel(call, taskId);
  expect(view.task.status.state).toBe(TaskState.Canceled);
  expect(undone).toEqual(["hotel", "flight"]);
});
