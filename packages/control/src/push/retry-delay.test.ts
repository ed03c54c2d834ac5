import { describe, expect, test } from "vitest";
import { MAX_ATTEMPTS, parseRetryAfter, retryDelayMs } from "./retry-delay.ts";

const ATTEMPTS = Array.from({ length: MAX_ATTEMPTS }, (_, i) => i + 1);

describe("the wait before another attempt", () => {
  test("doubles from 1 s to 10 min, spread by chance", () => {
    const least = ATTEMPTS.map((attempt) => retryDelayMs(attempt, 0) / 1_000);
    expect(least).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
    const most = ATTEMPTS.map((attempt) => retryDelayMs(attempt, 1) / 1_000);
    expect(most).toEqual(least.map((seconds) => seconds * 2));
    expect(retryDelayMs(10_000, 1)).toBe(600_000);
  });

  test("is what the receiver asks for when that is longer, up to 10 min", () => {
    expect(retryDelayMs(1, 0, 30_000)).toBe(30_000);
    expect(retryDelayMs(8, 0, 30_000)).toBe(128_000);
    expect(retryDelayMs(1, 0, 86_400_000)).toBe(600_000);
  });

  test.each([
    [undefined, 0],
    ["120", 120_000],
    ["Sun, 29 Nov 2026 10:00:07 GMT", 7_000],
    ["Sun, 29 Nov 2026 09:00:00 GMT", 0],
    ["-5", 0],
    ["soon", 0],
    ["1e9", 0],
    ["9999999999999", 0],
  ])("reads Retry-After: %s", (value, ms) => {
    expect(parseRetryAfter(value, new Date("2026-11-29T10:00:00Z"))).toBe(ms);
  });
});
