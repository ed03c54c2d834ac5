import type { MemoryItem } from "@berth/store";
import { array, assert, integer, property } from "fast-check";
import { describe, expect, it } from "vitest";
import { BestRows } from "./best-rows.ts";
import { fuseRanks } from "./fuse-ranks.ts";
import { matchesFilter, parseMemoryFilter } from "./memory-filter.ts";
import { SpaceIndex } from "./space-index.ts";
import type { IndexQuery } from "./space-index.ts";
import { VectorRows } from "./vector-rows.ts";

const NOW = "2026-11-29T12:00:00.000Z";

const itemOf = (itemId: string, text: string, changes: Partial<MemoryItem> = {}): MemoryItem => ({
  orgId: "org_1",
  agentId: "agt_1",
  owner: "",
  itemId,
  digest: "",
  text,
  spans: [[0, text.length]],
  metadata: {},
  by: "usr_1",
  createdAt: NOW,
  updatedAt: NOW,
  ...changes,
});
const bytesOf = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);

describe("BestRows", () => {
  it("keeps what sorting would put first", () => {
    const scores = array(integer({ min: -5, max: 5 }), { maxLength: 60 });
    assert(
      property(scores, integer({ min: 1, max: 12 }), (values, k) => {
        const best = new BestRows(k);
        for (const [row, score] of values.entries()) best.offer(row, score);
        const sorted = values.map((score, row) => ({ row, score })).sort((a, b) => b.score - a.score || a.row - b.row);
        expect(best.take()).toEqual(sorted.slice(0, k));
      }),
    );
  });
});

describe("VectorRows", () => {
  it("finds exactly what comparing with each row finds, over many blocks", () => {
    const rows = new VectorRows();
    let seed = 1;
    const next = (): number => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647 - 0.5;
    };
    const all = Array.from({ length: 2_500 }, () => Float32Array.from({ length: 10 }, next));
    for (const vector of all) rows.push(vector);
    const query = Float32Array.from({ length: 10 }, next);
    const best = new BestRows(10);
    rows.scan(query, (row) => row % 3 !== 0, best);
    const expected = all
      .map((vector, row) => ({ row, score: vector.reduce((sum, value, i) => sum + value * (query[i] ?? 0), 0) }))
      .filter(({ row }) => row % 3 !== 0)
      .sort((a, b) => b.score - a.score)
      .slice(0, 10);
    expect(best.take().map(({ row }) => row)).toEqual(expected.map(({ row }) => row));
    expect(rows.bytes).toBe(3 * 1_024 * 10 * 4);
  });

  it("never finds a row without a vector, or with one of another length", () => {
    const rows = new VectorRows();
    rows.push(undefined);
    rows.push(Float32Array.of(1, 0));
    rows.push(Float32Array.of(1, 0, 0));
    const find = (query: Float32Array): readonly number[] => {
      const best = new BestRows(5);
      rows.scan(query, () => true, best);
      return best.take().map(({ row }) => row);
    };
    expect(find(Float32Array.of(1, 0))).toEqual([1]);
    expect(find(Float32Array.of(1, 0, 0))).toEqual([]);
  });
});

it("ranks are fused by places, not by scores", () => {
  const list = (...rows: number[]): { row: number; score: number }[] =>
    rows.map((row) => ({ row, score: 1_000 - row }));
  const one = { rows: list(1, 2, 3), weight: 1 };
  const fused = (weight: number): readonly number[] =>
    fuseRanks([one, { rows: list(3, 4), weight }], 3).map(({ row }) => row);
  expect(fused(1)).toEqual([3, 1, 2]);
  expect(fused(0)).toEqual([1, 2, 3]);
});

describe("SpaceIndex", () => {
  const open = (): SpaceIndex => {
    const index = new SpaceIndex("m");
    const add = (revision: number, item: MemoryItem, ...vector: number[]): void =>
      index.apply({ revision, item, vectors: bytesOf(...vector) });
    add(1, itemOf("apples", "Apples are red", { metadata: { year: 2024, tags: ["fruit", "red"] } }), 1, 0);
    add(2, itemOf("bananas", "Bananas are yellow", { metadata: { year: 2025, tags: ["fruit"] } }), 0.6, 0.8);
    add(3, itemOf("milk", "Milk is white", { metadata: { year: 2026 }, expiresAt: "2026-11-29T11:00:00.000Z" }), 0, 1);
    return index;
  };
  const find = (index: SpaceIndex, query: Partial<IndexQuery>): readonly string[] =>
    index.search({ text: "", mode: "hybrid", limit: 5, weight: 1, now: NOW, ...query }).map(({ itemId }) => itemId);
  const vector = Float32Array.of(0, 1);

  it("searches by vectors, by words, or both", () => {
    const index = open();
    expect(find(index, { mode: "vector", vector })).toEqual(["bananas"]);
    expect(find(index, { mode: "text", text: "red apple" })).toEqual(["apples"]);
    expect(find(index, { text: "apple", vector })).toEqual(["apples", "bananas"]);
    expect(find(index, { text: "apple" })).toEqual(["apples"]);
    expect(find(index, { mode: "text", text: "unheard" })).toEqual([]);
  });

  it("does not find what has expired, or was removed, or does not match", () => {
    const index = open();
    expect(find(index, { mode: "text", text: "milk" })).toEqual([]);
    expect(find(index, { mode: "text", text: "milk", now: "2026-11-29T10:00:00.000Z" })).toEqual(["milk"]);
    const filter = parseMemoryFilter({ year: { gte: 2025 }, tags: "fruit" });
    expect(find(index, { mode: "vector", vector, filter })).toEqual(["bananas"]);
    expect(index.matching({ tags: "fruit" })).toEqual(["apples", "bananas"]);
    index.apply({ revision: 4, itemId: "bananas" });
    expect(find(index, { mode: "vector", vector })).toEqual([]);
    expect(index.matching({ tags: "fruit" })).toEqual(["apples"]);
    expect(index.revision).toBe(4);
  });

  it("takes the newer state of an item in place of the older one", () => {
    const index = open();
    index.apply({ revision: 4, item: itemOf("apples", "Pears are green"), vectors: bytesOf(0, 1) });
    expect(find(index, { mode: "text", text: "apple" })).toEqual([]);
    expect(find(index, { mode: "text", text: "pear" })).toEqual(["apples"]);
    expect(index.isWorn).toBe(false);
    for (let i = 5; i < 1_200; i++) index.apply({ revision: i, item: itemOf("apples", "again") });
    expect(index.isWorn).toBe(true);
  });
});

describe("a filter", () => {
  const metadata = { n: 5, text: "b", list: ["x", "y"], none: null, yes: true };

  it("compares values, lists of values and ranges", () => {
    const holds = (filter: unknown): boolean => matchesFilter(metadata, parseMemoryFilter(filter));
    const matching = [{}, { n: 5 }, { none: null }, { yes: true, text: "b" }, { list: "y" }, { n: { in: [4, 5] } }];
    const ranges = [{ n: { gt: 4, lte: 5 } }, { text: { gte: "a", lt: "c" } }];
    for (const filter of [...matching, ...ranges]) expect(holds(filter), JSON.stringify(filter)).toBe(true);
    const other = [
      { n: "5" },
      { absent: null },
      { list: "z" },
      { n: { in: [] } },
      { n: { gt: 5 } },
      { n: { gt: "4" } },
    ];
    for (const filter of [...other, { toString: "x" }]) expect(holds(filter), JSON.stringify(filter)).toBe(false);
  });

  it("that means nothing is refused", () => {
    const wrong: unknown[] = [null, [], "x", { n: {} }, { n: [1] }, { n: { near: 5 } }, { n: { gt: true } }];
    wrong.push({ n: { in: [{}] } }, { n: { in: 5 } }, Object.fromEntries(Array.from({ length: 17 }, (_, i) => [i, i])));
    for (const filter of wrong) {
      expect(() => parseMemoryFilter(filter), JSON.stringify(filter)).toThrow("filter");
    }
  });
});
