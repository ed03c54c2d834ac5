import { expect, it } from "vitest";
import { nearestKey } from "./nearest-key.ts";

const KEYS = ["memoryMb", "cpu", "processes", "tmpMb"];

it.each([
  ["memroyMb", "memoryMb"],
  ["MEMORYMB", "memoryMb"],
  ["cpus", "cpu"],
  ["proceses", "processes"],
  ["temperature", undefined],
  ["xyz", undefined],
  ["", undefined],
])("finds for %j the key %j", (typed, key) => {
  expect(nearestKey(typed, KEYS)).toBe(key);
});
