import { describe, expect, it } from "vitest";
import { shareOf } from "./memory.ts";

describe("shareOf", () => {
  it("is between nothing and the best, whatever the scores are", () => {
    expect(shareOf(0.5, 1)).toBe(0.5);
    expect(shareOf(3, 1)).toBe(1);
    expect([shareOf(-1, 1), shareOf(1, 0), shareOf(Number.NaN, 1), shareOf(1, -2)]).toEqual([0, 0, 0, 0]);
  });
});
