import { expect, test } from "vitest";
import { hasOneTooMany, needsOneMore, queueOf, retrySeconds, targetOf, wantsOneMore } from "./scale-plan.ts";

const scale = { min: 0, max: 4, concurrency: 10, idleSeconds: 300 };
const load = { active: 0, waiting: 0, serving: 1, starting: 0 };

test("the target is seven tenths of the concurrency unless berth.json says another, and never below one", () => {
  expect([targetOf(scale), targetOf({ ...scale, target: 3 }), targetOf({ ...scale, concurrency: 1 })]).toEqual([
    7, 3, 1,
  ]);
});

test("one more is wanted beyond the target, before the instances are full, and within max", () => {
  expect(wantsOneMore({ ...load, active: 7 }, scale)).toBe(false);
  expect(wantsOneMore({ ...load, active: 8 }, scale)).toBe(true);
  expect(wantsOneMore({ ...load, active: 8, starting: 1 }, scale)).toBe(false);
  expect(wantsOneMore({ ...load, active: 40, serving: 4 }, scale)).toBe(false);
});

test("waiting calls need one more for each that those on their way will not take", () => {
  expect(needsOneMore({ ...load, waiting: 10, starting: 1 }, scale)).toBe(false);
  expect(needsOneMore({ ...load, waiting: 11, starting: 1 }, scale)).toBe(true);
  expect(needsOneMore({ ...load, waiting: 99, serving: 3, starting: 1 }, scale)).toBe(false);
});

test("growing and shrinking are apart: what starts one does not leave one too many", () => {
  for (let active = 0; active <= 40; active++) {
    for (let serving = 2; serving <= 4; serving++) {
      const grew = wantsOneMore({ ...load, active, serving: serving - 1 }, scale);
      expect(grew && hasOneTooMany(serving, active, scale), `${active} on ${serving}`).toBe(false);
    }
  }
  expect(hasOneTooMany(2, 5, scale)).toBe(true);
  expect(hasOneTooMany(2, 6, scale)).toBe(false);
  expect(hasOneTooMany(1, 0, scale)).toBe(false);
  expect(hasOneTooMany(3, 0, { ...scale, min: 3 })).toBe(false);
});

test("the queue has the bounds of berth.json, and a refused call learns when it may find a place", () => {
  expect(queueOf(scale)).toEqual({ limit: 256, ms: 30_000 });
  expect(queueOf({ ...scale, queueLimit: 0, queueSeconds: 5 })).toEqual({ limit: 0, ms: 5_000 });
  expect(retrySeconds({ ...load, waiting: 99 }, scale, 500)).toBe(5);
  expect(retrySeconds({ ...load, waiting: 0 }, scale, 10)).toBe(1);
  expect(retrySeconds({ ...load, waiting: 9_999 }, scale, 60_000)).toBe(60);
});
