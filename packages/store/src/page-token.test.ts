import { expect, it } from "vitest";
import {
  boundPageSize,
  decodePageToken,
  encodePageToken,
  isIndexPart,
  isInstantPart,
  isTextPart,
} from "./page-token.ts";

it("reads back the position it was made from, for the same list only", () => {
  const token = encodePageToken("tasks", ["2026-11-29T10:00:00.000Z", "task_ü"]);
  const valid = [isInstantPart, isTextPart];
  expect(decodePageToken("tasks", token, valid)).toEqual(["2026-11-29T10:00:00.000Z", "task_ü"]);
  expect(() => decodePageToken("agents", token, valid)).toThrow("pageToken");
  expect(() => decodePageToken("tasks", token, [isInstantPart])).toThrow("pageToken");
  expect(() => decodePageToken("tasks", token, [isIndexPart, isTextPart])).toThrow("pageToken");
});

it("bounds what a caller may ask for", () => {
  expect([0, -5, 50, 1e9, Number.NaN, 2.5].map(boundPageSize)).toEqual([1, 1, 50, 1000, 1000, 1000]);
});
