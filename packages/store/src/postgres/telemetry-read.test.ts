import { DatabaseError } from "pg";
import { expect, it } from "vitest";
import { toStoreError } from "./store-error.ts";
import { boundedRead, matching, unlessDropped } from "./telemetry-read.ts";

function refusal(code: string): Error {
  const error = new DatabaseError("refused", 7, "error");
  error.code = code;
  return toStoreError(error);
}

async function failing(code: string): Promise<never> {
  return await Promise.reject(refusal(code));
}

it("tells a search that the database has stopped from one that it cannot answer", async () => {
  await expect(boundedRead(async () => await failing("57014"))).rejects.toMatchObject({ reason: "TIMED_OUT" });
  await expect(boundedRead(async () => await failing("57P01"))).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
});

it("takes a day that was dropped meanwhile for an empty one", async () => {
  expect(await unlessDropped(async () => await failing("42P01"))).toEqual([]);
  await expect(unlessDropped(async () => await failing("42501"))).rejects.toThrow();
});

it("goes on page by page until enough match, and asks the clock before each", async () => {
  const pages: number[] = [];
  let checks = 0;
  const found = await Array.fromAsync(
    matching<number>({
      next: async (after = 0, count) => {
        pages.push(count);
        return Array.from({ length: count }, (_, i) => after + 1 + i);
      },
      matches: (row) => row % 500 === 0,
      limit: 3,
      deadline: { check: () => (checks += 1) },
    }),
  );
  expect(found).toEqual([500, 1_000, 1_500]);
  expect(pages).toEqual([200, 400, 800, 1_600]);
  expect(checks).toBe(4);
});
