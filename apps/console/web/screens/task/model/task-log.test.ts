import { foldTask } from "@berth/protocol";
import { expect, test } from "vitest";
import { randomLog, randomOf } from "./events.fixture.ts";
import { TaskLog } from "./task-log.ts";

test("the task as at any event is the fold of the events up to it, in whatever order one asks", () => {
  for (const seed of [1, 2, 3]) {
    const events = randomLog(seed, 900);
    const log = new TaskLog();
    log.append(events);
    const random = randomOf(seed);
    for (let n = 0; n < 60; n += 1) {
      const seq = 1 + Math.floor(random() * events.length);
      expect(log.view(seq), `seed ${seed}, seq ${seq}`).toEqual(foldTask(events.slice(0, seq)));
    }
  }
});

test("events are kept once and in order, however they come", () => {
  const events = randomLog(7, 700);
  const log = new TaskLog();
  expect(log.append(events.slice(0, 300))).toBe(true);
  expect(log.append(events.slice(500))).toBe(true);
  expect(log.view(700)).toBeDefined();
  expect(log.holes()).toEqual([{ from: 301, to: 500 }]);
  expect(log.append(events.slice(290, 510).toReversed())).toBe(true);
  expect(log.append(events)).toBe(false);
  expect(log.holes()).toEqual([]);
  expect(log.events).toEqual(events);
  expect(log.view(700)).toEqual(foldTask(events));
});

test("there is no task before its first event is here", () => {
  const log = new TaskLog();
  expect(log.view(5)).toBeUndefined();
  log.append(randomLog(1, 9).slice(3));
  expect(log.view(9)).toBeUndefined();
  expect(log.count(5)).toBe(2);
});

test("of 10,000 events any is shown within 50 ms", () => {
  const events = randomLog(4, 10_000);
  const log = new TaskLog();
  log.append(events);
  log.view(10_000);
  const random = randomOf(9);
  const times = Array.from({ length: 40 }, () => {
    const seq = 1 + Math.floor(random() * 10_000);
    const start = performance.now();
    log.view(seq);
    return performance.now() - start;
  }).toSorted((a, b) => a - b);
  // The machine is shared: nine of ten, so that one pause of it is no failure.
  expect(times[35]).toBeLessThan(50);
});
