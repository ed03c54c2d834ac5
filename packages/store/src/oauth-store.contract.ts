import { expect, it } from "vitest";
import type { OAuthRecord } from "./oauth-store.ts";
import type { Store } from "./store.ts";

const LATER = "2099-01-01T00:00:00.000Z";
const BEFORE = "2020-01-01T00:00:00.000Z";
const AT = "2026-11-29T10:00:00.000Z";

/** Tests share one store: each uses kinds of its own. */
export function oauthStoreContract(store: () => Store): void {
  const recordOf = (kind: string, id: string, changes: Partial<OAuthRecord> = {}): OAuthRecord => ({
    kind,
    id,
    payload: { jti: id, text: "nul \u0000", nested: { list: [1, "a"] } },
    ...changes,
  });
  const oauth = (): Store["oauth"] => store().oauth;

  it("keeps a record as it was written, and replaces it", async () => {
    const record = recordOf("k1", "a", { grantId: "g1", userCode: "ABCD", uid: "u1", expiresAt: LATER });
    await oauth().upsert(record);
    expect(await oauth().find("k1", "a")).toEqual(record);
    expect(await oauth().findByUserCode("k1", "ABCD")).toEqual(record);
    expect(await oauth().findByUid("k1", "u1")).toEqual(record);
    const changed = recordOf("k1", "a", { payload: { other: true } });
    await oauth().upsert(changed);
    expect(await oauth().find("k1", "a")).toEqual(changed);
    expect(await oauth().findByUserCode("k1", "ABCD")).toBeUndefined();
    expect(await oauth().findByUid("k1", "u1")).toBeUndefined();
  });

  it("tells kinds apart, and finds nothing for what cannot be kept", async () => {
    await oauth().upsert(recordOf("k2", "a", { userCode: "K2", uid: "k2" }));
    expect(await oauth().find("k2-other", "a")).toBeUndefined();
    expect(await oauth().findByUserCode("k2-other", "K2")).toBeUndefined();
    expect(await oauth().findByUid("k2-other", "k2")).toBeUndefined();
    expect(await oauth().find("k2", "nul \u0000")).toBeUndefined();
    expect(await oauth().findByUserCode("k2", "x".repeat(1_000))).toBeUndefined();
    await expect(oauth().upsert(recordOf("k2", "\ud800"))).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  });

  it("lets exactly one of many consume a record, also when it is written again", async () => {
    await oauth().upsert(recordOf("k3", "code", { expiresAt: LATER }));
    const won = await Promise.all(Array.from({ length: 8 }, async () => await oauth().consume("k3", "code", AT)));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await oauth().find("k3", "code")).toMatchObject({ consumedAt: AT });
    await oauth().upsert(recordOf("k3", "code", { expiresAt: LATER }));
    expect(await oauth().consume("k3", "code", AT)).toBe(false);
    expect(await oauth().consume("k3", "none", AT)).toBe(false);
  });

  it("removes what belongs to a grant, whatever its kind", async () => {
    await oauth().upsert(recordOf("k4", "a", { grantId: "g4" }));
    await oauth().upsert(recordOf("k4-token", "b", { grantId: "g4" }));
    await oauth().upsert(recordOf("k4-token", "c", { grantId: "g4-other" }));
    await oauth().removeByGrantId("g4");
    expect(await oauth().find("k4", "a")).toBeUndefined();
    expect(await oauth().find("k4-token", "b")).toBeUndefined();
    expect(await oauth().find("k4-token", "c")).toBeDefined();
    await oauth().remove("k4-token", "c");
    await oauth().remove("k4-token", "c");
    expect(await oauth().find("k4-token", "c")).toBeUndefined();
  });

  it("finds and lists nothing that has expired, and removes it", async () => {
    await oauth().upsert(recordOf("k5", "old", { expiresAt: BEFORE, userCode: "OLD", uid: "old" }));
    await oauth().upsert(recordOf("k5", "b"));
    await oauth().upsert(recordOf("k5", "a", { expiresAt: LATER }));
    expect(await oauth().find("k5", "old")).toBeUndefined();
    expect(await oauth().findByUserCode("k5", "OLD")).toBeUndefined();
    expect(await oauth().findByUid("k5", "old")).toBeUndefined();
    expect((await oauth().list("k5", 10)).map(({ id }) => id)).toEqual(["a", "b"]);
    expect((await oauth().list("k5", 1)).map(({ id }) => id)).toEqual(["a"]);
    expect(await oauth().removeExpired(AT)).toBe(1);
    expect(await oauth().removeExpired(AT)).toBe(0);
    expect(await oauth().find("k5", "a")).toBeDefined();
  });
}
