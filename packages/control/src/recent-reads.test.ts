import { expect, test } from "vitest";
import { RecentReads } from "./recent-reads.ts";

function reads() {
  const clock = { at: 0 };
  const store = { value: "old", loads: 0 };
  const recent = new RecentReads<string>(() => new Date(clock.at));
  const load = async (): Promise<string> => {
    store.loads += 1;
    return store.value;
  };
  return { clock, store, recent, load };
}

test("a read is kept for a second and then made again", async () => {
  const { clock, store, recent, load } = reads();
  await recent.read("k", load);
  clock.at = 999;
  await recent.read("k", load);
  expect(store.loads).toBe(1);
  clock.at = 1_000;
  store.value = "new";
  expect(await recent.read("k", load)).toBe("new");
});

test("what was forgotten is read anew at once, also when an older read comes back afterwards", async () => {
  const { store, recent, load } = reads();
  const gate = Promise.withResolvers<void>();
  const slow = recent.read("k", async () => {
    const value = await load();
    await gate.promise;
    return value;
  });
  store.value = "new";
  recent.forget("k");
  gate.resolve();
  expect(await slow).toBe("old");
  expect(await recent.read("k", load)).toBe("new");
});

test("what nobody asks for any more is not kept: only the reads of the last second are", async () => {
  const { clock, recent, load } = reads();
  for (let i = 0; i < 100; i++) {
    clock.at = i * 400;
    await recent.read(`agent-${i}`, load);
  }
  expect(recent.size).toBe(3);
});
