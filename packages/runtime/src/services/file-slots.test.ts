import { expect, test } from "vitest";
import { FileSlots } from "./file-slots.ts";

test("four files go at once, the others in the order they came", async () => {
  const slots = new FileSlots();
  const leave = await Promise.all([slots.enter(), slots.enter(), slots.enter(), slots.enter()]);
  const entered: number[] = [];
  const waiting = [5, 6].map(async (n) => {
    const done = await slots.enter();
    entered.push(n);
    return done;
  });
  await Promise.resolve();
  expect(entered).toEqual([]);
  leave[0]?.();
  leave[0]?.();
  (await waiting[0])?.();
  await waiting[1];
  expect(entered).toEqual([5, 6]);
});
