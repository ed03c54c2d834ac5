import { expect, it } from "vitest";
import { LOG_LEVELS, LOG_METADATA, isLogOnly, logEntryOf } from "./log-entry.ts";

it("reads an entry of any level, and no data as null", () => {
  for (const level of LOG_LEVELS) {
    expect(logEntryOf({ [LOG_METADATA]: { level, data: { n: 1 } } })).toEqual({ level, data: { n: 1 } });
  }
  expect(logEntryOf({ [LOG_METADATA]: { level: "info" }, other: 1 })).toEqual({ level: "info", data: null });
});

it("finds none in what has another form", () => {
  for (const said of [undefined, null, "info", [], {}, { level: "loud" }, { level: 1 }]) {
    expect(logEntryOf(said === undefined ? {} : { [LOG_METADATA]: said })).toBeUndefined();
  }
  expect(logEntryOf(undefined)).toBeUndefined();
});

it("tells metadata with nothing but an entry from others", () => {
  expect([undefined, {}, { other: 1 }, { [LOG_METADATA]: 1 }, { [LOG_METADATA]: 1, other: 1 }].map(isLogOnly)).toEqual([
    false,
    false,
    false,
    true,
    false,
  ]);
});
