import { array, assert, integer, property } from "fast-check";
import { expect, it } from "vitest";
import { RateGate, perMinute, takeAll } from "./rate-gate.ts";
import type { Rate } from "./rate-gate.ts";

function gateAt(start = 1_000_000, maxKeys?: number): { readonly gate: RateGate; wait(ms: number): void } {
  let now = start;
  return { gate: new RateGate(() => now, maxKeys), wait: (ms) => void (now += ms) };
}

function tryTake(gate: RateGate, key: string, rate: Rate): boolean {
  const { allowed } = gate.look(key, rate);
  if (allowed) gate.take(key, rate);
  return allowed;
}

it("gives a burst at once and then one each interval", () => {
  const { gate, wait } = gateAt();
  const rate = { burst: 3, intervalMs: 1_000 };
  expect(Array.from({ length: 5 }, () => tryTake(gate, "a", rate))).toEqual([true, true, true, false, false]);
  expect(gate.look("a", rate)).toEqual({
    allowed: false,
    burst: 3,
    remaining: 0,
    waitMs: 1_000,
    windowMs: 3_000,
    fullMs: 3_000,
  });
  wait(999);
  expect(tryTake(gate, "a", rate)).toBe(false);
  wait(1);
  expect([tryTake(gate, "a", rate), tryTake(gate, "a", rate)]).toEqual([true, false]);
  expect(tryTake(gate, "b", rate)).toBe(true);
});

it("says how many are left", () => {
  const { gate, wait } = gateAt();
  const rate = perMinute(60);
  const left = (): number => gate.look("a", rate).remaining;
  expect(left()).toBe(60);
  gate.take("a", rate);
  expect(left()).toBe(59);
  wait(1_000);
  expect(left()).toBe(60);
});

it("never lets more through in any window than the burst and what has come back since", () => {
  assert(
    property(
      integer({ min: 1, max: 20 }),
      integer({ min: 1, max: 500 }),
      array(integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 200 }),
      (burst, intervalMs, waits) => {
        const { gate, wait } = gateAt();
        const passed: number[] = [];
        let now = 0;
        for (const ms of waits) {
          wait(ms);
          now += ms;
          if (tryTake(gate, "k", { burst, intervalMs })) passed.push(now);
        }
        for (const [first, from] of passed.entries()) {
          for (const [offset, until] of passed.slice(first).entries()) {
            expect(offset + 1).toBeLessThanOrEqual(burst + (until - from) / intervalMs + 1e-9);
          }
        }
      },
    ),
    { numRuns: 200 },
  );
});

it("takes from all or from none", () => {
  const { gate } = gateAt();
  const tight = { gate, key: "tight", rate: { burst: 1, intervalMs: 1_000 } };
  const wide = { gate, key: "wide", rate: { burst: 9, intervalMs: 1_000 } };
  expect(takeAll([wide, tight])).toBeUndefined();
  expect(takeAll([wide, tight])?.refused).toBe(tight);
  expect(gate.look("wide", wide.rate).remaining).toBe(8);
});

it("stays in bounded memory under a flood of strangers, and forgets whoever was away longest", () => {
  const { gate } = gateAt(0, 100);
  const rate = { burst: 1, intervalMs: 60_000 };
  for (let i = 0; i < 10_000; i++) gate.take(`stranger ${i}`, rate);
  expect(gate.size).toBe(100);
  expect(gate.look("stranger 9999", rate).allowed).toBe(false);
  expect(gate.look("stranger 0", rate).allowed).toBe(true);
});
