import { waitFor } from "@berth/testing";
import { expect, test } from "vitest";
import { DeliveryPruner } from "./delivery-pruner.ts";

const now = (): Date => new Date("2026-11-29T10:00:00.000Z");

test("deletes what is older than a week or beyond the count, until a batch is not full", async () => {
  const asked: object[] = [];
  const left = [5_000, 5_000, 17];
  const pruner = new DeliveryPruner({
    store: {
      prune: async (request) => {
        asked.push(request);
        return left.shift() ?? 0;
      },
    },
    now,
    log: () => undefined,
  });
  pruner.start();
  await waitFor("the last batch", () => left.length === 0);
  await pruner.close();
  expect(asked).toEqual(
    Array.from({ length: 3 }, () => ({ before: "2026-11-22T10:00:00.000Z", keep: 100_000, limit: 5_000 })),
  );
});

test("a store that fails is said, and close waits for what runs and starts no more", async () => {
  const log: string[] = [];
  const failing = new DeliveryPruner({
    store: { prune: async () => await Promise.reject(new Error("gone")) },
    now,
    log: (line) => log.push(line),
  });
  failing.start();
  await failing.close();
  expect(log).toEqual([expect.stringContaining("gone")]);
  let calls = 0;
  const { promise, resolve } = Promise.withResolvers<number>();
  const busy = new DeliveryPruner({
    store: {
      prune: async () => {
        calls += 1;
        return await promise;
      },
    },
    now,
    log: () => undefined,
  });
  busy.start();
  const closed = busy.close();
  resolve(5_000);
  await closed;
  expect(calls).toBe(1);
});
