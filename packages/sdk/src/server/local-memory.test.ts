import { expect, test } from "vitest";
import { openLocalMemory } from "./local-memory.ts";

test("an agent that runs alone remembers until it ends: by words, key, filter and time", async () => {
  let [count, now] = [0, 0];
  const memory = openLocalMemory(
    () => `mem_${++count}`,
    () => now,
  );
  const find = async (query: string, filter = {}): Promise<readonly string[]> =>
    (await memory.search({ query, filter })).map(({ text }) => text);
  expect((await memory.save({ text: "The office is in Lisbon.", key: "office" })).outcome).toBe("created");
  await memory.save({ text: "The archive is in Porto.", metadata: { year: 2025, tags: ["old"] }, ttlSeconds: 60 });
  await memory.save({ text: "For everybody in Porto.", scope: "agent" });
  expect(await find("office in lisbon")).toEqual(["The office is in Lisbon.", "The archive is in Porto."]);
  expect(await find("porto", { year: { gte: 2025, lt: 2026 }, tags: { in: ["old"] } })).toHaveLength(1);
  expect(await find("porto", { year: { gt: 2025 } })).toEqual([]);
  expect(await find("unheard")).toEqual([]);
  expect((await memory.save({ text: "The office is in Faro.", key: "office" })).outcome).toBe("replaced");
  const first = await memory.list({ limit: 1 });
  const { next = "" } = first;
  expect((await memory.list({ limit: 1, after: next })).items).toMatchObject([{ text: "The office is in Faro." }]);
  now = 60_000;
  expect(await find("porto")).toEqual([]);
  expect(await memory.delete({ key: "office" })).toBe(1);
  expect(await memory.delete({ all: true, scope: "agent" })).toBe(1);
  await expect(memory.save({ text: " " })).rejects.toThrow("nothing to remember");
});
