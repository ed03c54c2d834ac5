import { expect, it } from "vitest";
import type { ApiKeyRecord } from "./api-key-store.ts";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { DeploymentLine, DeploymentRecord } from "./deployment-store.ts";
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
    status: "building",
    source: { kind: "archive", blob: `sha256:${"ab".repeat(32)}`, bytes: 3 },
    options: { trust: false },
    steps: [{ name: "fetch", status: "running", startedAt: AT }],
    principal: { kind: "user", id: "usr_1", orgId: ORG, scopes: ["deploy"] },
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
      steps: [{ name: "fetch", status: "done", startedAt: AT, ms: 12, attempt: 2, output: { said: "a \u0000" } }],
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

  it("tells which deployments have not ended, the oldest first, and lists by status", async () => {
    const unfinished = async (): Promise<readonly string[]> =>
      (await store().deployments.unfinished(100)).map(({ deploymentId }) => deploymentId);
    await store().deployments.save(
      deploymentOf("dep_u2", { orgId: "org_u", status: "releasing", createdAt: atMs(20) }),
    );
    await store().deployments.save(deploymentOf("dep_u1", { orgId: "org_v", status: "queued", createdAt: atMs(10) }));
    await store().deployments.save(deploymentOf("dep_u3", { orgId: "org_u", status: "failed", createdAt: atMs(30) }));
    const own = (await unfinished()).filter((id) => id.startsWith("dep_u"));
    expect(own).toEqual(["dep_u1", "dep_u2"]);
    const failed = await store().deployments.list("org_u", { status: "failed", limit: 10 });
    expect(failed.map(({ deploymentId }) => deploymentId)).toEqual(["dep_u3"]);
  });

  it("tells what is kept no longer, the earliest first", async () => {
    await store().deployments.save(deploymentOf("dep_k2", { status: "live", keptUntil: atMs(20) }));
    await store().deployments.save(deploymentOf("dep_k1", { status: "failed", keptUntil: atMs(10) }));
    const expired = async (at: string): Promise<readonly string[]> =>
      (await store().deployments.expired(at, 10)).map(({ deploymentId }) => deploymentId);
    expect(await expired(atMs(20))).toEqual(["dep_k1", "dep_k2"]);
    expect(await expired(atMs(19))).toEqual(["dep_k1"]);
    await store().deployments.save(deploymentOf("dep_k1", { status: "failed" }));
    expect(await expired(atMs(30))).toEqual(["dep_k2"]);
  });

  it("keeps a deployment's lines in order, each once however often it comes", async () => {
    const lineOf = (seq: number, text = `line ${seq}`): DeploymentLine => ({
      seq,
      at: atMs(seq),
      step: "build",
      stream: "stdout",
      text,
    });
    const { deployments } = store();
    expect([
      await deployments.lastLine(ORG, "dep_l"),
      await deployments.lines(ORG, "dep_l", { after: 0, limit: 5 }),
    ]).toEqual([0, []]);
    await deployments.appendLines(ORG, "dep_l", []);
    await deployments.appendLines(ORG, "dep_l", [lineOf(1), lineOf(2)]);
    await deployments.appendLines(ORG, "dep_l", [lineOf(2), lineOf(3, "nul \u0000 and half \ud800")]);
    expect(await deployments.lastLine(ORG, "dep_l")).toBe(3);
    const kept = lineOf(3, "nul \uFFFD and half \uFFFD");
    expect(await deployments.lines(ORG, "dep_l", { after: 0, limit: 100 })).toEqual([lineOf(1), lineOf(2), kept]);
    expect(await deployments.lines(ORG, "dep_l", { after: 1, limit: 1 })).toEqual([lineOf(2)]);
    expect(await deployments.lines(ORG, "dep_l", { after: Number.MAX_SAFE_INTEGER, limit: 1 })).toEqual([]);
    expect(await deployments.lines("org_other", "dep_l", { after: 0, limit: 100 })).toEqual([]);
  });
}
