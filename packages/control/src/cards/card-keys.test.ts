import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInMemoryStore } from "@berth/store/memory";
import { temporaryFolder } from "@berth/testing";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal, Scope } from "@berth/protocol";
import { afterEach, beforeEach, expect, it } from "vitest";
import { CardKeys } from "./card-keys.ts";
import { createCards } from "./create-cards.ts";
import { loadSigningKeys } from "./signing-keys.ts";

const DAY_MS = 86_400_000;
const start = new Date("2026-11-29T10:00:00.000Z");
const after = (days: number): Date => new Date(start.getTime() + days * DAY_MS);
const by = (...scopes: readonly Scope[]): Principal => ({ kind: "user", id: "usr_1", orgId: DEFAULT_ORG_ID, scopes });

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder("berth-card-keys");
});
afterEach(() => folder[Symbol.dispose]());

const kidsOf = (keys: CardKeys, at: Date): readonly string[] => keys.retired(at).map(({ kid }) => kid);

it("a replaced key is published for thirty days, over restarts, and its private half is gone", async () => {
  const keys = await CardKeys.load(folder.path);
  const first = keys.current.kid;
  const pem = await readFile(join(folder.path, "card-signing.pem"), "utf8");
  await keys.rotate(start, { compromised: false });
  const second = keys.current.kid;
  await keys.rotate(after(1), { compromised: false });
  const again = await CardKeys.load(folder.path);
  expect(new Set([first, second, again.current.kid]).size).toBe(3);
  expect(again.current.kid).toBe(keys.current.kid);
  expect(kidsOf(again, after(29))).toEqual([second, first]);
  expect(kidsOf(again, after(30))).toEqual([second]);
  expect(kidsOf(again, after(31))).toEqual([]);
  for (const file of ["card-signing.pem", "card-retired.json"]) {
    expect(await readFile(join(folder.path, file), "utf8")).not.toContain(pem.split("\n")[1]);
    expect((await stat(join(folder.path, file))).mode & 0o077).toBe(0);
  }
});

it("a compromised key is published no longer", async () => {
  const keys = await CardKeys.load(folder.path);
  const first = keys.current.kid;
  await keys.rotate(start, { compromised: false });
  await keys.rotate(start, { compromised: true });
  expect(kidsOf(keys, start)).toEqual([first]);
});

it("a rotation that was cut off leaves one current key, listed once", async () => {
  const keys = await CardKeys.load(folder.path);
  const pem = await readFile(join(folder.path, "card-signing.pem"), "utf8");
  const first = keys.current.kid;
  await keys.rotate(start, { compromised: false });
  // As it is when the list is written and the key is not yet.
  await writeFile(join(folder.path, "card-signing.pem"), pem, { mode: 0o600 });
  const again = await CardKeys.load(folder.path);
  expect(again.current.kid).toBe(first);
  expect(kidsOf(again, start)).toEqual([]);
});

it("rotations at once are done one after the other, and there is a bound to what is published", async () => {
  const keys = await CardKeys.load(folder.path);
  const rotations = Array.from({ length: 21 }, async () => await keys.rotate(start, { compromised: false }));
  const outcomes = await Promise.allSettled(rotations);
  expect(outcomes.map(({ status }) => status).slice(0, 20)).toEqual(Array(20).fill("fulfilled"));
  expect(outcomes[20]).toMatchObject({ status: "rejected", reason: { reason: "RATE_LIMITED" } });
  expect(new Set(kidsOf(keys, start)).size).toBe(20);
});

it.each(["no JSON", "{}", "[1]", `[{"x":"AA","retiredAt":"a","publishedUntil":"b"}]`])(
  "a list of retired keys that reads %s is refused",
  async (text) => {
    await writeFile(join(folder.path, "card-retired.json"), text, { mode: 0o600 });
    await expect(CardKeys.load(folder.path)).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
  },
);

it("only an administrator rotates, and the audit log says who did", async () => {
  const store = createInMemoryStore();
  const cards = createCards({ keys: await loadSigningKeys(folder.path), store, now: () => start });
  const before = cards.kid();
  await expect(cards.rotate(by("deploy"), { compromised: false })).rejects.toMatchObject({
    reason: "PERMISSION_DENIED",
  });
  expect(() => cards.keys(by("read"))).toThrow("admin");
  expect(await cards.rotate(by("admin"), { compromised: false })).toEqual([
    { kid: cards.kid() },
    { kid: before, retiredAt: start.toISOString(), publishedUntil: after(30).toISOString() },
  ]);
  expect(await store.audit.list(DEFAULT_ORG_ID, 10)).toMatchObject([
    { action: "card-key.rotate", actor: "usr_1", resource: before, detail: { compromised: false } },
  ]);
});
