import { expect, it } from "vitest";
import { createIdGenerator, isId } from "./ids.ts";

const zero = (length: number): Uint8Array => new Uint8Array(length);

it("makes ids that sort by the time they were made", () => {
  let now = 0;
  const generate = createIdGenerator({ now: () => (now += 1000), randomBytes: zero });
  const ids = Array.from({ length: 50 }, () => generate("task"));
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(50);
  expect(ids.every((id) => isId("task", id))).toBe(true);
});

it.each([
  ["task_"],
  ["task_0000000000000000000000000"],
  ["ctx_00000000000000000000000000"],
  ["task_0000000000000000000000000U"],
  [""],
])("does not take %j for a task id", (value) => {
  expect(isId("task", value)).toBe(false);
});
