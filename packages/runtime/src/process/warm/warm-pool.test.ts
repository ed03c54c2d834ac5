import { expect, it } from "vitest";
import { WarmPool } from "./warm-pool.ts";
import type { PooledJail } from "./warm-pool.ts";

class FakeJail implements PooledJail {
  readonly #end = Promise.withResolvers<void>();
  readonly ended: Promise<void> = this.#end.promise;
  isGone = false;
  isDisposed = false;

  die(): void {
    this.isGone = true;
    this.#end.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
    this.die();
    return Promise.resolve();
  }
}

interface Bench {
  readonly pool: WarmPool<FakeJail>;
  readonly made: FakeJail[];
  readonly said: string[];
}

function openPool(
  size: number,
  options: { readonly fails?: () => boolean; readonly busy?: () => boolean } = {},
): Bench {
  const made: FakeJail[] = [];
  const said: string[] = [];
  const pool = new WarmPool<FakeJail>({
    size,
    make: () => {
      if (options.fails?.() === true) return Promise.reject(new Error("no jail today"));
      const jail = new FakeJail();
      made.push(jail);
      return Promise.resolve(jail);
    },
    busy: options.busy ?? (() => false),
    log: (line) => said.push(line),
  });
  pool.fill();
  return { pool, made, said };
}

it("holds as many as it may, gives each away once and makes another", async () => {
  const { pool, made } = openPool(2);
  await pool.settled();
  expect(made.length).toBe(2);
  const taken = [pool.take(), pool.take(), pool.take()];
  expect(taken).toEqual([made[0], made[1], undefined]);
  await pool.settled();
  expect(pool.waiting()).toEqual([made[2], made[3]]);
});

it("holds none of size 0", async () => {
  const { pool, made } = openPool(0);
  await pool.settled();
  expect([pool.take(), made.length]).toEqual([undefined, 0]);
});

it("replaces one that ended while it waited, and never gives it away", async () => {
  const { pool, made } = openPool(1);
  await pool.settled();
  made[0]?.die();
  await expect.poll(() => made.length).toBe(2);
  await pool.settled();
  expect(made[0]?.isDisposed).toBe(true);
  expect(pool.take()).toBe(made[1]);
});

it("gives up after three failures in a row, and says so", async () => {
  let failures = 0;
  const { pool, said } = openPool(1, { fails: () => ++failures > 0 });
  await pool.settled();
  expect(pool.take()).toBeUndefined();
  await pool.settled();
  expect(failures).toBe(3);
  expect(said.at(-1)).toContain("agents start cold from now on");
});

it("makes none while agents are being started", async () => {
  let busy = true;
  const { pool, made } = openPool(1, { busy: () => busy });
  await Promise.resolve();
  expect(made.length).toBe(0);
  busy = false;
  await pool.settled();
  expect(made.length).toBe(1);
});

it("ends all that wait when it is closed, and makes none afterwards", async () => {
  const { pool, made } = openPool(2);
  await pool.settled();
  await pool.close();
  expect(made.map(({ isDisposed }) => isDisposed)).toEqual([true, true]);
  pool.fill();
  await pool.settled();
  expect([pool.take(), made.length]).toEqual([undefined, 2]);
});
