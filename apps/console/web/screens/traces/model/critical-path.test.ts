import { describe, expect, test } from "vitest";
import type { SpanRecord } from "@berth/telemetry";
import { criticalPath } from "./critical-path.ts";
import { selfSegments, selfUs } from "./self-time.ts";
import { span } from "./spans.fixture.ts";
import { buildTree } from "./trace-tree.ts";

function path(spans: readonly SpanRecord[], nowUs = 0): Record<string, string> {
  const tree = buildTree(spans);
  return Object.fromEntries(
    [...criticalPath(tree, nowUs)].map(([at, segments]) => [
      tree.spans[at]?.spanId ?? "",
      segments.map(({ fromUs, toUs }) => `${fromUs}-${toUs}`).join(" "),
    ]),
  );
}

describe("the critical path", () => {
  test("goes through what ended last, and through its parent where nobody was waited for", () => {
    expect(path([span("a", 0, 100), span("b", 10, 40, "a"), span("c", 20, 90, "a"), span("d", 30, 60, "c")])).toEqual({
      a: "0-20 90-100",
      c: "20-30 60-90",
      d: "30-60",
    });
  });

  test("goes through one after the other", () => {
    expect(path([span("a", 0, 100), span("b", 0, 50, "a"), span("c", 50, 100, "a")])).toEqual({
      b: "0-50",
      c: "50-100",
    });
  });

  test("covers its root exactly once", () => {
    const spans = [
      span("a", 0, 100),
      ...Array.from({ length: 60 }, (_, n) =>
        span(`s${n}`, (n * 37) % 90, ((n * 37) % 90) + 5 + (n % 20), n % 3 === 0 ? "a" : `s${n - (n % 3)}`),
      ),
    ];
    const tree = buildTree(spans);
    const all = [...criticalPath(tree, 0).values()].flat().toSorted((x, y) => x.fromUs - y.fromUs);
    expect(all[0]?.fromUs).toBe(0);
    expect(all.at(-1)?.toUs).toBe(100);
    for (const [index, { fromUs }] of all.entries()) if (index > 0) expect(fromUs).toBe(all[index - 1]?.toUs);
  });

  test("ends now where a span goes on, and is cut to its parent's time", () => {
    expect(path([span("a", 0), span("b", 10, undefined, "a")], 50)).toEqual({ a: "0-10", b: "10-50" });
    expect(path([span("a", 10, 50), span("b", 0, 90, "a")])).toEqual({ b: "10-50" });
  });

  test("of nothing is empty, and a deep chain is no problem", () => {
    expect(path([])).toEqual({});
    const chain = Array.from({ length: 20_000 }, (_, at) =>
      span(`s${at}`, at, 90_000, at === 0 ? undefined : `s${at - 1}`),
    );
    expect(Object.keys(path(chain))).toHaveLength(20_000);
  });
});

describe("self time", () => {
  test("is what no child covers, overlapping children counted once", () => {
    const tree = buildTree([
      span("a", 0, 100),
      span("b", 10, 40, "a"),
      span("c", 30, 60, "a"),
      span("d", 90, 120, "a"),
    ]);
    expect(selfSegments(tree, 0, 0)).toEqual([
      { fromUs: 0, toUs: 10 },
      { fromUs: 60, toUs: 90 },
    ]);
    expect(selfUs(tree, 0, 0)).toBe(40);
    expect(selfUs(tree, 1, 0)).toBe(30);
  });

  test("is nothing when a child was there all the time", () => {
    const tree = buildTree([span("a", 0, 100), span("b", 0, 100, "a")]);
    expect(selfUs(tree, 0, 0)).toBe(0);
  });
});
