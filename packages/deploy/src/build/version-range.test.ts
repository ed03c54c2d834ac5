import { expect, test } from "vitest";
import { satisfies } from "./version-range.ts";

test.each([
  ["4.6.7", "4.6.7", true],
  ["4.6.7", "=4.6.7", true],
  ["4.6.7", "4.6.6", false],
  ["4.6.7", "^4.0.0", true],
  ["4.6.7", "^4.6.7", true],
  ["4.6.7", "^4.6.8", false],
  ["4.6.7", "^4.7.0", false],
  ["5.0.0", "^4.6.7", false],
  ["4.6.7", "~4.6.1", true],
  ["4.6.7", "~4.5.0", false],
  ["0.2.5", "^0.2.3", true],
  ["0.3.0", "^0.2.3", false],
  ["0.0.4", "^0.0.3", false],
  ["0.0.3", "^0.0.3", true],
  ["5.0.0-beta.1", "^5.0.0", false],
  ["5.0.0-beta.1", "5.0.0-beta.1", true],
  ["5.0.0", "^5.0.0-beta.1", false],
  ["4.6.7", "4.x", false],
  ["4.6.7", ">=4.0.0", false],
  ["4.6.7", "*", false],
  ["4.6.7", "latest", false],
  ["4.6.7", "", false],
])("%s for %s: %s", (version, range, expected) => {
  expect(satisfies(version, range)).toBe(expected);
});
