import { describe, expect, test } from "vitest";
import { amountOf, parsePrice, platformPart } from "./price.ts";
import { divideHalfEven } from "./round-half-even.ts";

const use = { elapsedMs: 0, inputTokens: 0, outputTokens: 0 };

describe("an amount", () => {
  test.each([
    [{ perCall: "0.01" }, {}, 10_000n],
    [{ perSecond: "0.0005" }, { elapsedMs: 1_500 }, 750n],
    [{ perMillionInputTokens: "3", perMillionOutputTokens: "15" }, { inputTokens: 1_000, outputTokens: 200 }, 6_000n],
    [{ perCall: "0.1", perSecond: "0.2" }, { elapsedMs: 1_000 }, 300_000n],
    [{}, { elapsedMs: 1e9, inputTokens: 1e12 }, 0n],
  ])("of %j for %j is exact", (parts, used, micros) => {
    expect(amountOf(parsePrice({ currency: "USD", ...parts }), { ...use, ...used })).toBe(micros);
  });

  test.each([
    ["0.0000005", 0n],
    ["0.0000015", 2n],
    ["0.0000025", 2n],
    ["0.000002500", 2n],
    ["0.000002501", 3n],
  ])("of %s a call is rounded once, half to even", (perCall, micros) => {
    expect(amountOf(parsePrice({ currency: "USD", perCall }), use)).toBe(micros);
  });

  test("is rounded as a whole, not part by part", () => {
    const price = parsePrice({ currency: "USD", perCall: "0.0000005", perSecond: "0.0000005" });
    expect(amountOf(price, { ...use, elapsedMs: 1_000 })).toBe(1n);
  });

  test("is never more than the agent's most, nor than a million dollars, whatever is claimed", () => {
    const claim = { elapsedMs: 86_400_000, inputTokens: 1e12, outputTokens: 1e12 };
    const dear = { currency: "USD", perMillionInputTokens: "999999", perMillionOutputTokens: "999999" } as const;
    expect(amountOf(parsePrice(dear), claim)).toBe(1_000_000_000_000n);
    expect(amountOf(parsePrice({ ...dear, maxPerCall: "0.50" }), claim)).toBe(500_000n);
    expect(amountOf(parsePrice({ ...dear, maxPerCall: "0" }), claim)).toBe(0n);
  });

  test.each([
    ["0.2", 10_000n, 2_000n],
    ["0.333333", 10n, 3n],
    ["0.5", 1n, 0n],
    ["0.5", 3n, 2n],
    ["1", 7n, 7n],
    ["0", 7n, 0n],
  ])("has the platform's share of %s taken from %s", (platformShare, amount, part) => {
    expect(platformPart(parsePrice({ currency: "USD", platformShare }), amount)).toBe(part);
  });
});

test("equal prices have one version, others another", () => {
  const price = parsePrice({ currency: "USD", perCall: "1", platformShare: "0.2" });
  expect(price.version).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(parsePrice({ platformShare: "0.2", perCall: "1", currency: "USD" }).version).toBe(price.version);
  expect(parsePrice({ currency: "USD", perCall: "2", platformShare: "0.2" }).version).not.toBe(price.version);
});

test("halves go to the even neighbour on both sides of zero", () => {
  const halves = [-7n, -5n, -3n, -1n, 1n, 3n, 5n, 7n];
  expect(halves.map((half) => divideHalfEven(half, 2n))).toEqual([-4n, -2n, -2n, 0n, 0n, 2n, 2n, 4n]);
});
