import { expect, test } from "vitest";
import { rangeOf, withRange, withoutRange } from "./time-range.ts";

const HOUR = 3_600_000_000;

test("the range is the query's, else the last hour and what is loaded", () => {
  expect(rangeOf({ terms: [], sinceUs: 5, untilUs: 9 }, 100, undefined)).toEqual({ fromUs: 5, toUs: 9 });
  expect(rangeOf({ terms: [] }, 10 * HOUR, undefined)).toEqual({ fromUs: 9 * HOUR, toUs: 10 * HOUR });
  expect(rangeOf({ terms: [] }, 10 * HOUR, 2 * HOUR)).toEqual({ fromUs: 2 * HOUR, toUs: 10 * HOUR });
  expect(rangeOf({ terms: [], sinceUs: 9, untilUs: 5 }, 100, undefined).toUs).toBe(5);
});

test("a range goes into the query in whole seconds, and out again", () => {
  const text = withRange("level:error since:1h", { fromUs: 1_500_000, toUs: 2_100_000 });
  expect(text).toBe("level:error since:1970-01-01T00:00:01Z until:1970-01-01T00:00:03Z");
  expect(withoutRange(text)).toBe("level:error");
});
