import { describe, expect, it } from "vitest";
import type { MetricPoint } from "../metric-point.ts";
import { DeltaConverter } from "./delta-converter.ts";

const sum = (atUs: number, value: number, more: Partial<MetricPoint> = {}): MetricPoint => ({
  source: "agent",
  name: "calls",
  unit: "1",
  type: "sum",
  temporality: "cumulative",
  monotonic: true,
  startUs: 1,
  atUs,
  attributes: { a: 1, b: 2 },
  value,
  ...more,
});
const histogram = (atUs: number, counts: readonly number[], total: number): MetricPoint => {
  const { value: _, monotonic: __, ...point } = sum(atUs, 0);
  return { ...point, type: "histogram", count: counts.reduce((a, b) => a + b, 0), sum: total, bounds: [1], counts };
};

describe("cumulative points as deltas", () => {
  it("are what came since the point before", () => {
    const converter = new DeltaConverter({ sinceUs: 2 });
    expect(converter.convert([sum(10, 5)])).toEqual([]);
    expect(converter.convert([sum(20, 8, { attributes: { b: 2, a: 1 } }), sum(30, 8)])).toEqual([
      expect.objectContaining({ temporality: "delta", startUs: 10, atUs: 20, value: 3 }),
      expect.objectContaining({ startUs: 20, atUs: 30, value: 0 }),
    ]);
  });

  it("are all of the first point when the series began after the conversion did", () => {
    const point = sum(10, 5, { startUs: 2 });
    expect(new DeltaConverter({ sinceUs: 2 }).convert([point])).toEqual([{ ...point, temporality: "delta" }]);
  });

  it("have each bucket of a histogram by itself", () => {
    const converter = new DeltaConverter({ sinceUs: 2 });
    const [delta] = converter.convert([histogram(10, [1, 2], 4), histogram(20, [1, 5], 10)]);
    expect(delta).toMatchObject({ temporality: "delta", count: 3, sum: 6, counts: [0, 3], bounds: [1] });
  });

  it("begin anew with a series that does", () => {
    const converter = new DeltaConverter({ sinceUs: 2 });
    converter.convert([sum(10, 5)]);
    expect(converter.convert([sum(20, 2)])).toEqual([expect.objectContaining({ value: 2, startUs: 10 })]);
    expect(converter.convert([sum(30, 9, { startUs: 25 })])).toEqual([
      expect.objectContaining({ value: 9, startUs: 25 }),
    ]);
  });

  it("leave out what comes late or twice", () => {
    const converter = new DeltaConverter({ sinceUs: 2 });
    converter.convert([sum(10, 5)]);
    expect(converter.convert([sum(10, 5), sum(9, 4)])).toEqual([]);
  });

  it("are apart for each series, and of whom it is", () => {
    const converter = new DeltaConverter({ sinceUs: 2 });
    converter.convert([sum(10, 5), sum(10, 100, { attributes: {} }), sum(10, 50, { agent: "x" })]);
    expect(
      converter
        .convert([sum(20, 6), sum(20, 102, { attributes: {} }), sum(20, 53, { agent: "x" })])
        .map(({ value }) => value),
    ).toEqual([1, 2, 3]);
  });

  it("pass on what is no such series as it is", () => {
    const others = [sum(1, 1, { type: "gauge" }), sum(1, 1, { temporality: "delta" }), sum(1, 1, { monotonic: false })];
    expect(new DeltaConverter({ sinceUs: 2 }).convert(others)).toEqual(others);
  });

  it("remember a bounded number of series, those heard of last", () => {
    const converter = new DeltaConverter({ sinceUs: 2, maxSeries: 2 });
    const series = (name: string, atUs: number): readonly MetricPoint[] =>
      converter.convert([sum(atUs, atUs, { name })]);
    series("a", 1);
    series("b", 1);
    series("a", 2);
    series("c", 1);
    expect(converter.size).toBe(2);
    expect(series("a", 3)).toHaveLength(1);
    expect(series("b", 2)).toHaveLength(0);
  });
});
