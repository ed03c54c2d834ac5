import { createInMemoryStore } from "@berth/store/memory";
import { DEFAULT_ORG_ID, PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { openOAuth } from "./create-oauth.ts";
import type { RunningOAuth } from "./create-oauth.ts";

const ADA: Principal = { kind: "user", id: "usr_1", orgId: DEFAULT_ORG_ID, scopes: ["admin"] };

const store = createInMemoryStore();
let oauth: RunningOAuth;
let ids = 0;

beforeEach(() => {
  vi.useFakeTimers();
  oauth = openOAuth({
    store,
    auth: {
      principalOf: async (id, orgId) => {
        if (id === ADA.id) return { ...ADA, orgId: orgId ?? DEFAULT_ORG_ID };
        throw new PlatformError("UNAUTHENTICATED", "The credential is not valid.");
      },
      openSession: async (principal) => await Promise.resolve({ session: "s", principal }),
    },
    ids: () => `cli_${String((ids += 1)).padStart(26, "0")}`,
    now: () => new Date(),
    randomBytes: (length) => new Uint8Array(length).fill(7),
  });
});
afterEach(() => {
  oauth.close();
  vi.useRealTimers();
});

test("what has expired is removed every ten minutes, until it is closed", async () => {
  const removed = vi.spyOn(store.oauth, "removeExpired");
  await vi.advanceTimersByTimeAsync(10 * 60_000);
  expect(removed).toHaveBeenCalledTimes(1);
  oauth.close();
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  expect(removed).toHaveBeenCalledTimes(1);
});

test("a subject is a person in one organization, and nothing else", async () => {
  expect(oauth.subjectOf(ADA)).toBe(`${DEFAULT_ORG_ID}:usr_1`);
  expect(await oauth.subject(`${DEFAULT_ORG_ID}:usr_1`)).toMatchObject({ id: "usr_1", orgId: DEFAULT_ORG_ID });
  for (const text of ["", "usr_1", `${DEFAULT_ORG_ID}:usr_2`, `${DEFAULT_ORG_ID}:usr_1:more`]) {
    expect(await oauth.subject(text), text).toBeUndefined();
  }
  expect(() => oauth.subjectOf({ ...ADA, kind: "external" })).toThrow("Only people and API keys");
});

test("clients are of one organization: another's does not exist, and no secret is kept or listed", async () => {
  const { client, secret } = await oauth.clients.add(ADA, { name: "Nightly", role: "invoker" });
  expect(secret).toHaveLength(43);
  expect(await oauth.isSecretOf(client, secret ?? "")).toBe(true);
  expect(await oauth.isSecretOf(client, "wrong")).toBe(false);
  expect(JSON.stringify(await store.oauth.list("KnownClient", 10))).not.toContain(secret);
  const foreign = { ...ADA, orgId: "org_other" };
  expect(await oauth.clients.list(foreign)).toEqual([]);
  await expect(oauth.clients.remove(foreign, client.clientId)).rejects.toMatchObject({ reason: "CLIENT_NOT_FOUND" });
  expect(await oauth.clients.list(ADA)).toEqual([client]);
  await oauth.clients.remove(ADA, client.clientId);
  expect(await oauth.findClient(client.clientId)).toBeUndefined();
  expect((await store.audit.list(DEFAULT_ORG_ID, 10)).map(({ action }) => action)).toEqual([
    "client.remove",
    "client.add",
  ]);
});
