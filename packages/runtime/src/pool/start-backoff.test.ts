import { expect, test } from "vitest";
import { StartBackoff } from "./start-backoff.ts";

test("waits double from 250 ms up to 30 s", () => {
  const backoff = new StartBackoff();
  const waits = Array.from({ length: 10 }, () => {
    backoff.failed(1_000);
    return backoff.waitMs(1_000);
  });
  expect(waits).toEqual([250, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
});

test("a wait runs off with time and a success ends it", () => {
  const backoff = new StartBackoff();
  backoff.failed(0);
  expect(backoff.waitMs(100)).toBe(150);
  expect(backoff.waitMs(250)).toBe(0);
  backoff.failed(250);
  backoff.succeeded();
  expect(backoff.waitMs(250)).toBe(0);
  expect(backoff.failures).toBe(0);
});
