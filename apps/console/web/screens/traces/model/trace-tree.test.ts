import { describe, expect, test } from "vitest";
import { span } from "./spans.fixture.ts";
import { buildTree, childrenOf } from "./trace-tree.ts";

const names = ({ spans }: ReturnType<typeof buildTree>): string => spans.map(({ spanId }) => spanId).join("");

describe("the tree of a trace", () => {
  test("is depth first with siblings by start, whatever order the spans came in", () => {
    const tree = buildTree([span("d", 50, 60, "a"), span("c", 20, 30, "b"), span("b", 10, 40, "a"), span("a", 0, 100)]);
    expect(names(tree)).toBe("abcd");
    expect([...tree.depth]).toEqual([0, 1, 2, 1]);
    expect([...tree.parent]).toEqual([-1, 0, 1, 0]);
    expect([...tree.end]).toEqual([4, 3, 3, 4]);
    expect(childrenOf(tree, 0)).toEqual([1, 3]);
    expect([tree.startUs, tree.endUs]).toEqual([0, 100]);
  });

  test("takes a span without its parent as a root", () => {
    expect([...buildTree([span("a", 0, 9), span("b", 1, 2, "gone")]).parent]).toEqual([-1, -1]);
  });

  test("cuts rings, and keeps each span once", () => {
    const tree = buildTree([span("a", 0, 9, "b"), span("b", 1, 2, "a"), span("c", 3, 4, "c")]);
    expect(names(tree)).toBe("cab");
    expect([...tree.depth]).toEqual([0, 0, 1]);
  });

  test("counts what goes on and what went wrong", () => {
    const tree = buildTree([span("a", 0), span("b", 1, 2, "a", { status: "error" })]);
    expect([tree.openCount, tree.errorCount]).toEqual([1, 1]);
  });

  test("of nothing is empty, and a chain of many is no problem", () => {
    expect(buildTree([]).spans).toEqual([]);
    const chain = Array.from({ length: 20_000 }, (_, at) =>
      span(`s${at}`, at, 90_000, at === 0 ? undefined : `s${at - 1}`),
    );
    expect(buildTree(chain).depth[19_999]).toBe(19_999);
  });
});
