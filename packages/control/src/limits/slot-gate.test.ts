import { expect, test } from "vitest";
import { SlotGate } from "./slot-gate.ts";
import type { Slot } from "./slot-gate.ts";

const one: Slot = { key: "one", most: 1 };
const other: Slot = { key: "other", most: 2 };
const never = new AbortController().signal;

/** In the order they got in. */
function waiters(gate: SlotGate): {
  readonly order: string[];
  readonly wait: (name: string, slots: readonly Slot[]) => void;
} {
  const order: string[] = [];
  return {
    order,
    wait: (name, slots) => void gate.wait(slots, never).then((entered) => entered && order.push(name)),
  };
}

const settled = async (): Promise<void> => await new Promise((resolve) => setImmediate(resolve));

test("those that wait get in one after the other, before anybody who comes later", async () => {
  const gate = new SlotGate();
  expect(gate.enter([one])).toBeUndefined();
  const { order, wait } = waiters(gate);
  wait("a", [one]);
  wait("b", [one]);
  gate.leave([one]);
  expect(gate.enter([one])).toBe(one);
  await settled();
  expect(order).toEqual(["a"]);
  gate.leave([one]);
  await settled();
  expect(order).toEqual(["a", "b"]);
  gate.leave([one]);
  expect(gate.size).toBe(0);
});

test("one that waits for something else is passed, and keeps a place of each of its keys", async () => {
  const gate = new SlotGate();
  gate.enter([one]);
  gate.enter([other]);
  const { order, wait } = waiters(gate);
  wait("both", [one, other]);
  // The second place of `other` is kept for the one that waits for `one` too.
  expect(gate.enter([other])).toBe(other);
  wait("late", [other]);
  await settled();
  expect(order).toEqual([]);
  gate.leave([other]);
  await settled();
  expect(order).toEqual(["late"]);
  gate.leave([one]);
  await settled();
  expect(order).toEqual(["late", "both"]);
});

test("one that gives up takes no place, and makes room for the next", async () => {
  const gate = new SlotGate();
  gate.enter([one]);
  const gone = new AbortController();
  const waiting = gate.wait([one, other], gone.signal);
  gate.enter([other]);
  const { order, wait } = waiters(gate);
  wait("next", [other]);
  gone.abort();
  expect(await waiting).toBe(false);
  await settled();
  expect(order).toEqual(["next"]);
  expect(await gate.wait([other], AbortSignal.abort())).toBe(false);
});

test("one that is forced gets in where it is full, and counts", () => {
  const gate = new SlotGate();
  gate.enter([one]);
  gate.force([one]);
  expect(gate.held("one")).toBe(2);
  gate.leave([one]);
  expect(gate.enter([one])).toBe(one);
});
