import { expect, test } from "vitest";
import { countMatches, findNext, lineTest } from "./find-lines.ts";
import { LogBuffer } from "./log-buffer.ts";
import { line } from "./log.fixture.ts";

const buffer = new LogBuffer(10);
buffer.append([line(1, "One"), line(2, "\u001b[31mtw\u001b[0mo"), line(3, "three"), line(4, "one more")]);

test("lines are found by text or pattern, whatever their case and colours", () => {
  const one = lineTest("ONE");
  expect(one === undefined ? -1 : countMatches(buffer, one)).toBe(2);
  const two = lineTest("/^t.o$/");
  expect(two === undefined ? -1 : findNext(buffer, two, -1, 1)).toBe(1);
  expect(lineTest("")).toBeUndefined();
  expect(lineTest("/(/")).toBeUndefined();
});

test("the search goes around the end in both directions, and says when there is nothing", () => {
  const one = lineTest("one") ?? (() => false);
  expect(findNext(buffer, one, 0, 1)).toBe(3);
  expect(findNext(buffer, one, 3, 1)).toBe(0);
  expect(findNext(buffer, one, 0, -1)).toBe(3);
  expect(findNext(buffer, () => false, 0, 1)).toBe(-1);
});
