import { expect, test } from "vitest";
import { span } from "./spans.fixture.ts";
import { createAxis, foldsOf, placeOf, ticks, timeAt } from "./time-axis.ts";
import { buildTree } from "./trace-tree.ts";

const S = 1_000_000;

test("times of a trace are places from 0 to 1 and back", () => {
  const axis = createAxis(buildTree([span("a", 5 * S, 15 * S)]), 0, false);
  expect([placeOf(axis, 5 * S), placeOf(axis, 10 * S), placeOf(axis, 15 * S)]).toEqual([0, 0.5, 1]);
  expect(timeAt(axis, 0.25)).toBe(7.5 * S);
});

test("waiting for nothing is folded on request, and what is at work is not", () => {
  const tree = buildTree([span("a", 0, 100 * S), span("b", 1 * S, 2 * S, "a"), span("c", 98 * S, 99 * S, "a")]);
  const axis = createAxis(tree, 0, true);
  expect(foldsOf(axis)).toEqual([{ fromUs: 2.04 * S, toUs: 97.96 * S }]);
  expect(placeOf(axis, 2 * S) - placeOf(axis, 1 * S)).toBeGreaterThan(0.15);
  expect(foldsOf(createAxis(buildTree([span("a", 0, 100 * S)]), 0, true))).toEqual([]);
});

test("an axis grows with what goes on, and has round ticks down to microseconds", () => {
  const open = createAxis(buildTree([span("a", 0)]), 4 * S, false);
  expect(placeOf(open, 2 * S)).toBe(0.5);
  const short = createAxis(buildTree([span("a", 0, 40)]), 0, false);
  expect(ticks(short, { from: 0, to: 1 }, 4)).toEqual([0, 10, 20, 30, 40]);
});
