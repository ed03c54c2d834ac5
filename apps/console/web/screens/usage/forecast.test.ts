import { expect, test } from "vitest";
import { forecast } from "./forecast.ts";
import { daysOf, moveMonth, periodOf, readMonth } from "./month.ts";

test("a month comes to what it cost so far, by the days that have passed, by its length", () => {
  const middle = new Date("2026-11-16T00:00:00Z");
  expect(forecast("2026-11", 30, middle)).toEqual({ amount: 60, elapsedDays: 15, days: 30 });
});

test("nothing is said of a month that has hardly begun, or is over", () => {
  expect(forecast("2026-11", 30, new Date("2026-11-01T03:00:00Z"))).toBeUndefined();
  expect(forecast("2026-10", 30, new Date("2026-11-01T00:00:00Z"))).toBeUndefined();
});

test("months are calendar months in UTC", () => {
  expect(periodOf("2026-12")).toEqual({ from: "2026-12-01", to: "2027-01-01" });
  expect(moveMonth("2026-01", -1)).toBe("2025-12");
  expect(daysOf("2028-02")).toHaveLength(29);
  expect(daysOf("2026-11").at(-1)).toBe("2026-11-30");
  const now = new Date("2026-11-29T23:00:00Z");
  for (const wrong of [undefined, "2026-13", "<b>", "2026-1"]) expect(readMonth(wrong, now)).toBe("2026-11");
});
