import { expect, test } from "vitest";
import { ACCEPTED, eventAt, randomLog } from "./events.fixture.ts";
import { MAX_WAIT_MS, advance, indexAtTime, indexOfSeq, playTimes, step } from "./playback.ts";

const events = [0, 100, 60_000, 60_200].map((ms, index) => eventAt(index + 1, ms, ACCEPTED));

test("long waits are cut, short ones are as they were, and no clock that goes back breaks it", () => {
  expect([...playTimes(events)]).toEqual([0, 100, 100 + MAX_WAIT_MS, 300 + MAX_WAIT_MS]);
  expect([...playTimes([eventAt(1, 500, ACCEPTED), eventAt(2, 100, ACCEPTED), eventAt(3, 150, ACCEPTED)])]).toEqual([
    0, 0, 50,
  ]);
});

test("playing comes to the event of its time, faster with its speed, and ends at the last", () => {
  const times = playTimes(events);
  expect(advance(times, { index: 0, remainderMs: 0 }, 99, { speed: 1 })).toEqual({
    index: 0,
    remainderMs: 99,
    isOver: false,
  });
  expect(advance(times, { index: 0, remainderMs: 99 }, 1, { speed: 1 }).index).toBe(1);
  expect(advance(times, { index: 0, remainderMs: 0 }, 100, { speed: 16 })).toEqual({
    index: 2,
    remainderMs: 0,
    isOver: false,
  });
  expect(advance(times, { index: 2, remainderMs: 0 }, 10_000, { speed: 1 })).toMatchObject({ index: 3, isOver: true });
});

test("a loop begins again behind its end", () => {
  const times = playTimes(events);
  const loop = { from: 1, to: 2 };
  expect(advance(times, { index: 2, remainderMs: 0 }, 10, { speed: 1, loop }).index).toBe(2);
  expect(advance(times, { index: 2, remainderMs: 0 }, 5_000, { speed: 1, loop })).toEqual({
    index: 1,
    remainderMs: 0,
    isOver: false,
  });
});

test("stepping goes event by event, and live is behind the last", () => {
  expect(step(events, undefined, -1)).toBe(3);
  expect(step(events, 3, 1)).toBe(4);
  expect(step(events, 4, 1)).toBeUndefined();
  expect(step(events, 1, -1)).toBe(1);
});

test("places are found in logs with holes", () => {
  const log = randomLog(3, 50).filter(({ seq }) => seq < 10 || seq > 20);
  expect(indexOfSeq(log, 15)).toBe(8);
  expect(indexOfSeq(log, 21)).toBe(9);
  expect(indexAtTime(Float64Array.from([0, 5, 5, 9]), 5)).toBe(2);
  expect(indexAtTime(Float64Array.from([1]), 0)).toBe(-1);
});
