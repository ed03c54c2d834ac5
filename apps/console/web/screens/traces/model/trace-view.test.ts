import { describe, expect, test } from "vitest";
import { span } from "./spans.fixture.ts";
import { buildTree } from "./trace-tree.ts";
import { layoutFlame } from "./flame-layout.ts";
import { WHOLE, between, pan, zoom } from "./trace-view.ts";

describe("the view of the time axis", () => {
  test("zooms around a place and stays within the trace", () => {
    expect(zoom(WHOLE, 0.5, 0.5)).toEqual({ from: 0.25, to: 0.75 });
    expect(zoom({ from: 0.5, to: 1 }, 2, 1)).toEqual(WHOLE);
    expect(zoom(WHOLE, 4)).toEqual(WHOLE);
  });

  test("pans up to the ends", () => {
    expect(pan({ from: 0, to: 0.5 }, 0.75)).toEqual({ from: 0.5, to: 1 });
    expect(pan({ from: 0.25, to: 0.5 }, -1)).toEqual({ from: 0, to: 0.25 });
  });

  test("is what lies between two places", () => {
    expect(between(0.75, 0.25)).toEqual({ from: 0.25, to: 0.75 });
    const { from, to } = between(1, 1);
    expect(to - from).toBeGreaterThan(0);
    expect(to).toBeLessThanOrEqual(1);
  });
});

test("in a flame no two bars of a row overlap, and children are below their parents", () => {
  const tree = buildTree([
    span("a", 0, 100),
    span("b", 10, 50, "a"),
    span("c", 20, 60, "a"),
    span("d", 60, 90, "a"),
    span("e", 20, 25, "b"),
  ]);
  const { row, rowCount } = layoutFlame(tree, 0);
  const at = (id: string): number => row[tree.bySpanId.get(id) ?? 0] ?? -1;
  expect([at("a"), at("b"), at("e"), at("c"), at("d")]).toEqual([0, 1, 2, 3, 1]);
  expect(rowCount).toBe(4);
});
