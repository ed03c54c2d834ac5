import { expect, it } from "vitest";
import type { ApiKeyRecord } from "./api-key-store.ts";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { DeploymentRecord } from "./deployment-store.ts";
import type { Store } from "./store.ts";

/** API keys and deployments. Tests share one store: each uses ids of its own. */
export function recordsContract(store: () => Store): void {
  const keyOf = (keyId: string, changes: Partial<ApiKeyRecord> = {}): ApiKeyRecord => ({
    orgId: ORG,
    keyId,
    secretHash: "ab".repeat(32),
    name: `key ${keyId}`,
    scopes: ["invoke", "read"],
    createdAt: AT,
    ...changes,
  });
  const deploymentOf = (deploymentId: string, changes: Partial<DeploymentRecord> = {}): DeploymentRecord => ({
    orgId: ORG,
    deploymentId,
    status: "running",
    steps: [{ name: "unpack", status: "running", startedAt: AT }],
    log: "",
    createdBy: "usr_1",
    createdAt: AT,
    updatedAt: AT,
    ...changes,
  });

  it("keeps a key as it was inserted, and finds it without its organization", async () => {
    const key = keyOf("key_1", {
      expiresAt: atMs(1000),
      createdBy: "usr_1",
      agents: ["hello"],
      cidrs: ["192.0.2.0/24"],
    });
    await store().apiKeys.insert(key);
    expect(await store().apiKeys.find("key_1")).toEqual(key);
    expect(await store().apiKeys.find("key_unknown")).toBeUndefined();
    expect(await store().apiKeys.find("nul \u0000")).toBeUndefined();
    await expect(store().apiKeys.insert({ ...key, orgId: "org_2" })).rejects.toMatchObject({
      reason: "STORE_CONFLICT",
    });
  });

  it("lists the keys of one organization, newest first", async () => {
    const orgId = "org_keys";
    await store().apiKeys.insert(keyOf("key_l1", { orgId, createdAt: atMs(1) }));
    await store().apiKeys.insert(keyOf("key_l2", { orgId, createdAt: atMs(2) }));
    expect((await store().apiKeys.list(orgId)).map((key) => key.keyId)).toEqual(["key_l2", "key_l1"]);
  });

  it("revokes a key once, for its own organization", async () => {
    await store().apiKeys.insert(keyOf("key_r"));
    expect(await store().apiKeys.revoke("org_other", "key_r", atMs(1))).toBe(false);
    expect(await store().apiKeys.revoke(ORG, "key_r", atMs(1))).toBe(true);
    expect(await store().apiKeys.revoke(ORG, "key_r", atMs(2))).toBe(false);
    expect(await store().apiKeys.find("key_r")).toMatchObject({ revokedAt: atMs(1) });
  });

  it("remembers the last use of a key, in whatever order uses are told", async () => {
    await store().apiKeys.insert(keyOf("key_t"));
    await Promise.all([3, 9, 5].map(async (ms) => await store().apiKeys.touch("key_t", atMs(ms))));
    await store().apiKeys.touch("key_t", atMs(7));
    await store().apiKeys.touch("key_unknown", atMs(7));
    expect(await store().apiKeys.find("key_t")).toMatchObject({ lastUsedAt: atMs(9) });
  });

  it("replaces a deployment by its newer state", async () => {
    await store().deployments.save(deploymentOf("dep_1"));
    const live = deploymentOf("dep_1", {
      status: "live",
      agentName: "hello",
      releaseId: "rel_1",
      log: `built \u0000 ${"x".repeat(200_000)}`,
      steps: [{ name: "unpack", status: "done", startedAt: AT, ms: 12 }],
      updatedAt: atMs(5),
    });
    await store().deployments.save(live);
    expect(await store().deployments.find(ORG, "dep_1")).toEqual(live);
    expect(await store().deployments.find("org_other", "dep_1")).toBeUndefined();
  });

  it("lists deployments newest first, of one agent where asked", async () => {
    await store().deployments.save(deploymentOf("dep_a", { agentName: "listed", createdAt: atMs(1) }));
    await store().deployments.save(deploymentOf("dep_b", { agentName: "listed", createdAt: atMs(2) }));
    await store().deployments.save(deploymentOf("dep_c", { createdAt: atMs(3) }));
    const ids = async (filter: { agentName?: string; limit: number }): Promise<string[]> =>
      (await store().deployments.list(ORG, filter)).map((deployment) => deployment.deploymentId);
    expect(await ids({ agentName: "listed", limit: 10 })).toEqual(["dep_b", "dep_a"]);
    expect(await ids({ limit: 2 })).toEqual(["dep_c", "dep_b"]);
  });
}
