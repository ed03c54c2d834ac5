import { expect, test } from "vitest";
import { Capacity } from "./capacity.ts";
import type { RoomNeeded, StartRequest } from "./capacity.ts";

interface World {
  readonly capacity: Capacity;
  readonly started: string[];
  readonly frees: (() => void)[];
  readonly needed: RoomNeeded[];
  ask(orgId: string, memoryMb?: number, wanted?: StartRequest["wanted"]): () => void;
}

function world(memoryMb: number, instances = 1_000): World {
  const [started, frees, needed]: [string[], (() => void)[], RoomNeeded[]] = [[], [], []];
  const capacity = new Capacity({ memoryMb, instances, makeRoom: (room) => needed.push(room) });
  return {
    capacity,
    started,
    frees,
    needed,
    ask: (orgId, mb = 100, wanted = () => "call") =>
      capacity.request({
        orgId,
        memoryMb: mb,
        wanted,
        start: (free) => {
          started.push(orgId);
          frees.push(free);
        },
      }),
  };
}

test("an organization with a thousand waiting starts gets every second one when another one asks too", () => {
  const { started, frees, ask } = world(200);
  for (let i = 0; i < 1_000; i++) ask("many");
  expect(started).toEqual(["many", "many"]);
  for (let i = 0; i < 5; i++) ask("few");
  frees[0]?.();
  expect(started.at(-1)).toBe("few");
  for (let i = 1; i < 9; i++) frees[i]?.();
  expect(started.filter((org) => org === "few").length).toBeGreaterThanOrEqual(4);
});

test("whatever comes and goes, memory is never given twice, and whoever uses least is served first", () => {
  let seed = 7;
  const random = (below: number): number => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed % below;
  };
  const used = new Map<string, number>();
  const waiting = new Map<string, number>();
  const frees: (() => void)[] = [];
  const bump = (map: Map<string, number>, org: string, by: number): void => {
    map.set(org, (map.get(org) ?? 0) + by);
  };
  const total = (): number => [...used.values()].reduce((sum, mb) => sum + mb, 0);
  const capacity = new Capacity({ memoryMb: 1_000, instances: 50, makeRoom: () => {} });
  for (let step = 0; step < 5_000; step++) {
    if (random(3) === 0) {
      const [free] = frees.splice(random(Math.max(1, frees.length)), 1);
      free?.();
      continue;
    }
    const orgId = `org_${random(4)}`;
    const memoryMb = 100;
    bump(waiting, orgId, 1);
    capacity.request({
      orgId,
      memoryMb,
      wanted: () => "call",
      start: (free) => {
        for (const [other, count] of waiting) {
          if (count > 0) expect(used.get(orgId) ?? 0).toBeLessThanOrEqual(used.get(other) ?? 0);
        }
        bump(waiting, orgId, -1);
        bump(used, orgId, memoryMb);
        expect(total()).toBeLessThanOrEqual(1_000);
        frees.push(() => {
          bump(used, orgId, -memoryMb);
          free();
        });
      },
    });
    // What fits does not wait.
    if ([...waiting.values()].some((count) => count > 0)) expect(total()).toBeGreaterThan(900);
  }
});

test("calls go before wishes, and what nobody wants any more is passed over", () => {
  const { started, frees, ask } = world(100);
  ask("a");
  ask("wish", 100, () => "wish");
  ask("gone", 100, () => undefined);
  ask("b");
  frees[0]?.();
  expect(started).toEqual(["a", "b"]);
  frees[1]?.();
  expect(started).toEqual(["a", "b", "wish"]);
});

test("the first in turn is waited for: small ones do not overtake a large one for ever", () => {
  const { started, frees, needed, ask } = world(300);
  ask("a", 200);
  ask("large", 300);
  ask("a", 50);
  expect(started).toEqual(["a"]);
  expect(needed.at(-1)).toMatchObject({ orgId: "large", memoryMb: 200, forCall: true });
  frees[0]?.();
  expect(started).toEqual(["a", "large"]);
});

test("one that wants more than the machine has gets it alone", () => {
  const { started, frees, ask } = world(300);
  ask("huge", 65_536);
  ask("a", 10);
  expect(started).toEqual(["huge"]);
  frees[0]?.();
  expect(started).toEqual(["huge", "a"]);
});

test("a request that is taken back frees its place, and freeing twice gives nothing twice", () => {
  const { started, frees, ask } = world(100);
  ask("a");
  const cancel = ask("b");
  ask("c");
  cancel();
  cancel();
  frees[0]?.();
  frees[0]?.();
  ask("d");
  expect(started).toEqual(["a", "c"]);
});

test("the number of instances is bounded too", () => {
  const { started, frees, needed, ask } = world(10_000, 2);
  ask("a");
  ask("a");
  ask("b");
  expect(started).toEqual(["a", "a"]);
  expect(needed).toHaveLength(1);
  frees[1]?.();
  expect(started).toEqual(["a", "a", "b"]);
});
