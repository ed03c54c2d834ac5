import { expect, test } from "vitest";
import { createTimeScale, ticksOf, toAxis, toTime } from "./time-scale.ts";

const BUSY = [
  { fromMs: 0, toMs: 1_000 },
  { fromMs: 61_000, toMs: 62_000 },
];
const RANGE = { fromMs: 0, toMs: 62_000 };

test("idle time is folded when that is asked for, and says how long it was", () => {
  const folded = createTimeScale(BUSY, RANGE, true);
  expect(folded.stretches.map(({ isFolded }) => isFolded)).toEqual([false, true, false]);
  expect(folded.foldedMs).toBeCloseTo(59_920, 0);
  expect(folded.length).toBeLessThan(2_400);
  const plain = createTimeScale(BUSY, RANGE, false);
  expect([plain.length, plain.foldedMs]).toEqual([62_000, 0]);
});

test("short waits stay as long as they were", () => {
  const scale = createTimeScale(
    [
      { fromMs: 0, toMs: 100 },
      { fromMs: 900, toMs: 1_000 },
    ],
    { fromMs: 0, toMs: 1_000 },
    true,
  );
  expect(scale.length).toBe(1_000);
});

test("places and moments are one to one and in order, folds included", () => {
  const scale = createTimeScale(BUSY, RANGE, true);
  let before = -1;
  for (let ms = 0; ms <= 62_000; ms += 137) {
    const at = toAxis(scale, ms);
    expect(at).toBeGreaterThan(before);
    expect(toTime(scale, at)).toBeCloseTo(ms, 3);
    before = at;
  }
  expect(toAxis(scale, -5)).toBe(0);
  expect(toAxis(scale, 99_999)).toBe(scale.length);
});

test("ticks are round, in sight, and never inside of a fold", () => {
  const scale = createTimeScale(BUSY, RANGE, true);
  const ticks = ticksOf(scale, { from: 0, to: scale.length }, 6);
  expect(ticks[0]).toBe(0);
  expect(ticks.every((ms) => ms % 500 === 0 && (ms <= 1_040 || ms >= 60_960))).toBe(true);
  expect(ticksOf(scale, { from: 0, to: 100 }, 5)).toEqual([0, 20, 40, 60, 80, 100]);
});

test("a task with one moment has an axis too", () => {
  const scale = createTimeScale([], { fromMs: 5, toMs: 5 }, true);
  expect(scale.length).toBeGreaterThan(0);
  expect(toTime(scale, toAxis(scale, 5))).toBeCloseTo(5, 0);
});
