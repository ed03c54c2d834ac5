import { expect, test } from "vitest";
import { ManualTimers } from "../pool/manual-timers.ts";
import { HangWatch } from "./hang-watch.ts";

function world(hangMs?: number): {
  readonly timers: ManualTimers;
  readonly watch: HangWatch;
  readonly hung: number[];
  answers: boolean;
  probes: number;
} {
  const timers = new ManualTimers();
  const hung: number[] = [];
  const at = {
    timers,
    hung,
    answers: true,
    probes: 0,
    watch: new HangWatch({
      timers,
      hangMs,
      onHung: (seconds) => hung.push(seconds),
      probe: async () => {
        at.probes += 1;
        if (!at.answers) throw new Error("no answer");
      },
    }),
  };
  return at;
}

test("an instance without calls is not asked, one with calls is, until the last ends", async () => {
  const at = world();
  await at.timers.advance(600_000);
  expect(at.probes).toBe(0);
  const [first, second] = [at.watch.enter(), at.watch.enter()];
  await at.timers.advance(60_000);
  expect(at.probes).toBe(3);
  first();
  await at.timers.advance(20_000);
  expect(at.probes).toBe(4);
  second();
  await at.timers.advance(600_000);
  expect([at.probes, at.timers.pending]).toEqual([4, 0]);
});

test("silence for the whole time is a hang, said once; an answer in between is not", async () => {
  const at = world(30_000);
  at.watch.enter();
  at.answers = false;
  await at.timers.advance(20_000);
  at.answers = true;
  await at.timers.advance(10_000);
  at.answers = false;
  await at.timers.advance(20_000);
  expect(at.hung).toEqual([]);
  await at.timers.advance(300_000);
  expect(at.hung).toEqual([30]);
});
