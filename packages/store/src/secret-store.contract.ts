import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { SecretRecord } from "./secret-store.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses names of its own. */
export function secretStoreContract(store: () => Store): void {
  const secretOf = (name: string, changes: Partial<SecretRecord> = {}): Omit<SecretRecord, "version"> => ({
    orgId: ORG,
    name,
    sealed: "s1.sealed",
    keyId: "key_a",
    updatedAt: AT,
    updatedBy: "usr_1",
    ...changes,
  });

  it("keeps a secret of the organization and one of an agent apart, though they share a name", async () => {
    await store().secrets.put(secretOf("APART", { sealed: "of the organization" }));
    await store().secrets.put(
      secretOf("APART", { sealed: "of the agent", agentName: "coder", hosts: ["api.test", "*.x.test:8443"] }),
    );
    expect(await store().secrets.find(ORG, "APART")).toEqual({
      ...secretOf("APART", { sealed: "of the organization" }),
      version: 1,
    });
    expect(await store().secrets.find(ORG, "APART", "coder")).toMatchObject({
      sealed: "of the agent",
      hosts: ["api.test", "*.x.test:8443"],
    });
    expect(await store().secrets.find(ORG, "APART", "writer")).toBeUndefined();
    expect(await store().secrets.find("org_other", "APART")).toBeUndefined();
    expect(await store().secrets.find(ORG, "NUL\u0000")).toBeUndefined();
  });

  it("counts the versions of a secret, also when many write at once", async () => {
    await store().secrets.put(secretOf("COUNTED"));
    const puts = Array.from({ length: 5 }, () => store().secrets.put(secretOf("COUNTED", { updatedAt: atMs(1) })));
    const versions = (await Promise.all(puts)).map(({ version }) => version);
    expect(versions.toSorted((one, other) => one - other)).toEqual([2, 3, 4, 5, 6]);
    expect(await store().secrets.find(ORG, "COUNTED")).toMatchObject({ version: 6, updatedAt: atMs(1) });
  });

  it("lists those of one organization by name, its own before those of agents", async () => {
    const orgId = "org_secrets";
    await store().secrets.put(secretOf("B", { orgId, agentName: "coder" }));
    await store().secrets.put(secretOf("B", { orgId }));
    await store().secrets.put(secretOf("A", { orgId }));
    const listed = await store().secrets.list(orgId);
    expect(listed.map(({ name, agentName }) => [name, agentName])).toEqual([
      ["A", undefined],
      ["B", undefined],
      ["B", "coder"],
    ]);
    expect(await store().secrets.list("org_without")).toEqual([]);
  });

  it("removes a secret once, for its own organization", async () => {
    await store().secrets.put(secretOf("GONE"));
    expect(await store().secrets.remove("org_other", "GONE")).toBe(false);
    expect(await store().secrets.remove(ORG, "GONE", "coder")).toBe(false);
    expect(await store().secrets.remove(ORG, "GONE")).toBe(true);
    expect(await store().secrets.remove(ORG, "GONE")).toBe(false);
    expect((await store().secrets.put(secretOf("GONE"))).version).toBe(1);
  });

  it("finds what is under another master key, and seals it anew unless it was written since", async () => {
    const orgId = "org_rotated";
    const old = await store().secrets.put(secretOf("OLD", { orgId, keyId: "key_old" }));
    const found = await store().secrets.notUnderKey("key_a", 100);
    expect(found.filter((secret) => secret.orgId === orgId)).toEqual([old]);
    expect(await store().secrets.reseal({ ...old, sealed: "anew", keyId: "key_a" })).toBe(true);
    expect(await store().secrets.find(orgId, "OLD")).toEqual({ ...old, sealed: "anew", keyId: "key_a" });
    await store().secrets.put(secretOf("OLD", { orgId, sealed: "newer" }));
    expect(await store().secrets.reseal({ ...old, sealed: "late", keyId: "key_a" })).toBe(false);
    expect((await store().secrets.find(orgId, "OLD"))?.sealed).toBe("newer");
  });
}
