import { expect, test } from "vitest";
import type { Lane } from "../model/lanes.ts";
import { createTimeScale } from "../../../ui/time-scale.ts";
import { fromX, hit, momentsOf, placeLanes, shiftView, toX, zoomView } from "./clock-layout.ts";

const LANES: readonly Lane[] = [
  { id: "a", label: "A", rows: [0, 1], rowCount: 2, items: [item("bar", 0, 500), item("inner", 100, 200)] },
  { id: "b", label: "B", rows: [0], rowCount: 1, items: [item("tick", 800, 800)] },
];
const SCALE = createTimeScale([], { fromMs: 0, toMs: 1_000 }, false);
const VIEW = { from: 0, to: 1_000 };

function item(key: string, startMs: number, endMs: number): Lane["items"][number] {
  return { key, startMs, endMs, label: key, detail: "", tone: "plain" };
}

test("what is drawn at a point is found, near moments included", () => {
  const { places, height } = placeLanes(LANES);
  const at = (x: number, y: number) =>
    hit({ lanes: LANES, places, scale: SCALE, view: VIEW, width: 1_000, nowMs: 1_000 }, x, y)?.key;
  expect(height).toBe(24 + 38 + 24);
  expect([at(300, 32), at(150, 46), at(803, 70), at(700, 70), at(300, 2)]).toEqual([
    "bar",
    "inner",
    "tick",
    undefined,
    undefined,
  ]);
});

test("zooming keeps the place under the pointer, and no view leaves the axis", () => {
  const near = zoomView(VIEW, 1_000, 0.5, 250);
  expect(near).toEqual({ from: 125, to: 625 });
  expect(toX(SCALE, near, 250, 1_000)).toBeCloseTo(toX(SCALE, VIEW, 250, 1_000));
  expect(fromX(SCALE, near, 250, 1_000)).toBeCloseTo(250);
  expect(zoomView(near, 1_000, 9, 300)).toEqual(VIEW);
  expect(shiftView(near, 1_000, 9_000)).toEqual({ from: 500, to: 1_000 });
  expect(zoomView(VIEW, 1_000, 0, 500).to - zoomView(VIEW, 1_000, 0, 500).from).toBe(2);
  expect(momentsOf(LANES)).toEqual([0, 100, 800]);
});
