import { describe, expect, test } from "vitest";
import { parseQuery } from "@berth/telemetry";
import { span } from "./spans.fixture.ts";
import { buildTree } from "./trace-tree.ts";
import { findMatches, foldFrom, openDepth, visibleRows } from "./visible-rows.ts";

const tree = buildTree([
  span("a", 0, 100),
  span("b", 10, 50, "a"),
  span("c", 20, 30, "b", { status: "error" }),
  span("d", 60, 90, "a"),
  span("e", 70, 80, "d"),
]);
const query = (text: string): ReturnType<typeof parseQuery> => parseQuery(text, { nowUs: 0 });
const shown = (folded: ReadonlySet<string>, text = "", errorsOnly = false): string => {
  const { rows } = visibleRows(tree, folded, findMatches(tree, query(text), errorsOnly));
  return [...rows].map((at) => tree.spans[at]?.spanId).join("");
};

describe("the rows of a trace", () => {
  test("are all spans but those below a folded one", () => {
    expect(shown(new Set())).toBe("abcde");
    expect(shown(new Set(["b"]))).toBe("abde");
    expect(shown(foldFrom(tree, 0))).toBe("a");
    expect(shown(foldFrom(tree, 1))).toBe("abd");
  });

  test("are only what matches and what it lies in", () => {
    expect(shown(new Set(), "name:e")).toBe("ade");
    expect(shown(new Set(), "", true)).toBe("abc");
    expect(shown(new Set(), "name:e", true)).toBe("");
    expect(findMatches(tree, query("name:e"), false)?.count).toBe(1);
    expect(findMatches(tree, query(""), false)).toBeUndefined();
  });

  test("know their place among their siblings that are shown", () => {
    const { position, setSize, rowOf } = visibleRows(tree, new Set(), findMatches(tree, query("name:e|a"), false));
    expect([...position]).toEqual([1, 1, 1]);
    expect([...setSize]).toEqual([1, 1, 1]);
    const all = visibleRows(tree, new Set(), undefined);
    expect([...all.position]).toEqual([1, 1, 1, 2, 1]);
    expect([...all.setSize]).toEqual([1, 2, 1, 2, 1]);
    expect([...rowOf]).toEqual([0, -1, -1, 1, 2]);
  });

  test("can be opened level by level", () => {
    expect(openDepth(tree, foldFrom(tree, 1))).toBe(1);
    expect(openDepth(tree, new Set())).toBe(2);
  });
});
