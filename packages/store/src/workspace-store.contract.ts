import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { AT, ORG, atMs } from "./contract-samples.ts";
import type { Store } from "./store.ts";
import { MAX_VERSIONS } from "./workspace-store.ts";
import type { FileVersion, PutConditions } from "./workspace-store.ts";

/** Tests share one store: each uses an organization or paths of its own. */
export function workspaceStoreContract(store: () => Store): void {
  const digest = `sha256:${"a".repeat(64)}`;
  const fileOf = (path: string, changes: Partial<FileVersion> = {}): Omit<FileVersion, "version"> => ({
    orgId: ORG,
    path,
    digest,
    bytes: 10,
    mediaType: "text/plain",
    at: AT,
    by: "usr_1",
    ...changes,
  });
  const digestOf = (name: string): string => `sha256:${createHash("sha256").update(name).digest("hex")}`;
  /** As every writer does it. */
  const write = async (file: Omit<FileVersion, "version">, conditions: PutConditions = {}): Promise<FileVersion> => {
    const { workspaces } = store();
    const { orgId, digest: of, bytes, at } = file;
    if (of !== undefined) await workspaces.reserve({ orgId, digest: of, bytes, at }, conditions.quota);
    return await workspaces.put(file, conditions);
  };
  const deletion = (orgId: string, path: string): Omit<FileVersion, "version"> => {
    const { digest: _gone, ...rest } = fileOf(path, { orgId, bytes: 0 });
    return rest;
  };

  it("numbers the versions of a path from one and keeps each as it was", async () => {
    const { workspaces } = store();
    const first = await write(fileOf("v/a.txt", { runId: "task_1" }));
    const second = await write(fileOf("v/a.txt", { at: atMs(1), bytes: 3 }));
    expect(first).toEqual({ ...fileOf("v/a.txt", { runId: "task_1" }), version: 1 });
    expect(second.version).toBe(2);
    expect(await workspaces.find(ORG, "v/a.txt")).toEqual(second);
    expect(await workspaces.find(ORG, "v/a.txt", 1)).toEqual(first);
    expect(await workspaces.find(ORG, "v/a.txt", 3)).toBeUndefined();
    expect(await workspaces.find("org_other", "v/a.txt")).toBeUndefined();
    expect(await workspaces.find(ORG, "v/\u0000")).toBeUndefined();
    expect(await workspaces.history(ORG, "v/a.txt", 10)).toEqual([second, first]);
    expect(await workspaces.history(ORG, "v/a.txt", 1)).toEqual([second]);
  });

  it("writes nothing for a writer who has not seen the newest version", async () => {
    const { workspaces } = store();
    await write(fileOf("c/a"), { expectedVersion: 0 });
    for (const expectedVersion of [0, 2]) {
      await expect(write(fileOf("c/a"), { expectedVersion })).rejects.toMatchObject({
        reason: "STORE_CONFLICT",
      });
    }
    await write(fileOf("c/a"), { expectedVersion: 1 });
    expect(await workspaces.history(ORG, "c/a", 10)).toHaveLength(2);
  });

  it("lets one of several writers who have seen the same version win", async () => {
    const writes = Array.from({ length: 8 }, () => write(fileOf("race"), { expectedVersion: 0 }));
    const results = await Promise.allSettled(writes);
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it("gives concurrent writers of one path versions without gaps", async () => {
    const written = await Promise.all(Array.from({ length: 8 }, () => write(fileOf("busy"))));
    expect(written.map(({ version }) => version).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it("lists by byte order of paths, a page at a time, without deleted ones and those of others", async () => {
    const { workspaces } = store();
    const orgId = "org_listing";
    // In UTF-16 the last two would be the other way around.
    const paths = ["data/a", "data/b/c", "data/z", "data/\uffee", "data/\u{1f600}"];
    for (const path of paths.toReversed()) await write(fileOf(path, { orgId }));
    await write(fileOf("datb", { orgId }));
    await write(fileOf("data/gone", { orgId }));
    await write(deletion(orgId, "data/gone"));
    await write(fileOf("data/foreign"));
    const listed = async (page: { prefix: string; after?: string; limit: number }): Promise<string[]> =>
      (await workspaces.list(orgId, page)).map(({ path }) => path);
    expect(await listed({ prefix: "data/", limit: 10 })).toEqual(paths);
    expect(await listed({ prefix: "data/", limit: 2 })).toEqual(paths.slice(0, 2));
    expect(await listed({ prefix: "data/", after: "data/b/c", limit: 10 })).toEqual(paths.slice(2));
    expect(await listed({ prefix: "", limit: 10 })).toEqual([...paths, "datb"]);
    expect(await listed({ prefix: "data/%", limit: 10 })).toEqual([]);
    expect(await listed({ prefix: "none/", limit: 10 })).toEqual([]);
  });

  it("counts every version that is kept, the same content once, and refuses what grows beyond the quota", async () => {
    const { workspaces } = store();
    const orgId = "org_quota";
    const quota = { files: 2, bytes: 25 };
    const sized = (path: string, bytes: number): Omit<FileVersion, "version"> =>
      fileOf(path, { orgId, bytes, digest: digestOf(`quota ${bytes}`) });
    expect(await workspaces.usage(orgId)).toEqual({ files: 0, bytes: 0, released: 0 });
    await write(sized("a", 10), { quota });
    await write(sized("b", 10), { quota });
    expect(await workspaces.usage(orgId)).toEqual({ files: 2, bytes: 10, released: 0 });
    await write(sized("b", 15), { quota });
    const refused = { reason: "QUOTA_EXCEEDED" };
    await expect(write(sized("c", 10), { quota })).rejects.toMatchObject(refused);
    await expect(write(sized("b", 1), { quota })).rejects.toMatchObject(refused);
    // Not reserved under the quota, so `put` itself has to see it.
    await workspaces.reserve({ orgId, digest: digestOf("quota 2"), bytes: 2, at: AT });
    await expect(workspaces.put(sized("b", 2), { quota })).rejects.toMatchObject(refused);
    await write(sized("b", 10), { quota });
    expect(await workspaces.usage(orgId)).toEqual({ files: 2, bytes: 25, released: 2 });
    // Over a quota that was lowered, one can still make room.
    const lowered = { quota: { files: 1, bytes: 1 } };
    await workspaces.put(deletion(orgId, "b"), { ...lowered, keepVersions: 1 });
    expect(await workspaces.usage(orgId)).toEqual({ files: 1, bytes: 10, released: 17 });
    await workspaces.put(deletion(orgId, "a"), lowered);
    expect(await workspaces.usage(orgId)).toEqual({ files: 0, bytes: 10, released: 17 });
    expect(await workspaces.history(orgId, "b", 10)).toMatchObject([{ version: 4, bytes: 0 }]);
    expect(await write(sized("b", 15), { quota })).toMatchObject({ version: 5 });
    expect(await workspaces.usage(orgId)).toEqual({ files: 1, bytes: 25, released: 2 });
  });

  it("bounds what waits to be collected by as much again as the quota", async () => {
    const { workspaces } = store();
    const orgId = "org_waiting";
    const quota = { files: 9, bytes: 10 };
    const reserve = async (name: string): Promise<void> =>
      await workspaces.reserve({ orgId, digest: digestOf(`waiting ${name}`), bytes: 10, at: AT }, quota);
    await reserve("a");
    await reserve("a");
    await reserve("b");
    await expect(reserve("c")).rejects.toMatchObject({ reason: "QUOTA_EXCEEDED" });
    await workspaces.collect(digestOf("waiting a"), atMs(1), async () => undefined);
    await reserve("c");
    expect(await workspaces.usage(orgId)).toEqual({ files: 0, bytes: 0, released: 20 });
  });

  it("keeps so many versions of a path, and never gives a number twice", async () => {
    const { workspaces } = store();
    const orgId = "org_versions";
    const total = MAX_VERSIONS + 3;
    for (let n = 1; n <= total; n++) {
      // Every other one has the same content, which must not go with the first that had it.
      const name = n % 2 === 0 ? "same" : String(n);
      await write(fileOf("often", { orgId, digest: digestOf(`often ${name}`) }));
    }
    const versions = (await workspaces.history(orgId, "often", 1_000)).map(({ version }) => version);
    expect([versions.length, versions[0], versions.at(-1)]).toEqual([MAX_VERSIONS, total, 4]);
    expect(await workspaces.find(orgId, "often", 3)).toBeUndefined();
    const bytes = (MAX_VERSIONS / 2 + 1) * 10;
    expect(await workspaces.usage(orgId)).toEqual({ files: 1, bytes, released: 20 });
    expect(await workspaces.collectable(atMs(1), 1_000)).not.toContain(digestOf("often same"));
  });

  it("collects bytes once no version of any organization names them, and not before their time", async () => {
    const { workspaces } = store();
    const digest = digestOf("shared");
    const removed: string[] = [];
    const collect = async (before: string): Promise<void> =>
      await workspaces.collect(digest, before, async () => removed.push(digest));
    for (const orgId of ["org_one", "org_two"]) await write(fileOf("s", { orgId, digest }));
    await workspaces.put(deletion("org_one", "s"), { keepVersions: 1 });
    expect(await workspaces.collectable(AT, 1_000)).not.toContain(digest);
    expect(await workspaces.collectable(atMs(1), 1_000)).toContain(digest);
    await collect(AT);
    expect(await workspaces.usage("org_one")).toMatchObject({ released: 10 });
    await collect(atMs(1));
    expect(await workspaces.usage("org_one")).toMatchObject({ bytes: 0, released: 0 });
    expect(await workspaces.usage("org_two")).toMatchObject({ bytes: 10, released: 0 });
    await workspaces.put(deletion("org_two", "s"), { keepVersions: 1 });
    // Wanted again meanwhile.
    await workspaces.reserve({ orgId: "org_three", digest, bytes: 10, at: atMs(5) });
    await collect(atMs(1));
    expect(removed).toEqual([]);
    await collect(atMs(6));
    await collect(atMs(6));
    expect(removed).toEqual([digest]);
    await expect(workspaces.put(fileOf("s", { orgId: "org_three", digest }))).rejects.toMatchObject({
      reason: "STORE_UNAVAILABLE",
      retryable: true,
    });
  });

  it("leaves everything as it was when the bytes cannot be removed", async () => {
    const { workspaces } = store();
    const [orgId, digest] = ["org_stuck", digestOf("stuck")];
    await workspaces.reserve({ orgId, digest, bytes: 10, at: AT });
    const failing = workspaces.collect(digest, atMs(1), async () => {
      throw new Error("disk");
    });
    await expect(failing).rejects.toThrow();
    expect(await workspaces.usage(orgId)).toMatchObject({ released: 10 });
    expect(await workspaces.collectable(atMs(1), 1_000)).toContain(digest);
  });

  it("lets whoever writes the same bytes again wait until they are gone, so that they are put anew", async () => {
    const { workspaces } = store();
    const digest = digestOf("raced");
    const blobs = new Set([digest]);
    for (const orgId of ["org_race_1", "org_race_late"]) await workspaces.reserve({ orgId, digest, bytes: 10, at: AT });
    const removing = Promise.withResolvers<void>();
    const mayRemove = Promise.withResolvers<void>();
    const collecting = workspaces.collect(digest, atMs(1), async () => {
      removing.resolve();
      await mayRemove.promise;
      blobs.delete(digest);
    });
    await removing.promise;
    const writeAgain = async (orgId: string): Promise<void> => {
      await workspaces.reserve({ orgId, digest, bytes: 10, at: atMs(2) });
      blobs.add(digest);
      await workspaces.put(fileOf("raced", { orgId, digest }));
    };
    const writing = writeAgain("org_race_2");
    // Somebody with an old reservation who comes now has to begin again.
    const late = workspaces.put(fileOf("late", { orgId: "org_race_late", digest }));
    const refused = expect(late).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
    // Time enough for a write that does not wait.
    const other = { orgId: "org_race_3", digest: digestOf("other"), bytes: 1, at: AT };
    for (let n = 0; n < 5; n++) await workspaces.reserve(other);
    mayRemove.resolve();
    await Promise.all([collecting, writing, refused]);
    expect(blobs.has(digest)).toBe(true);
    await writeAgain("org_race_1");
    await workspaces.collect(digest, atMs(9), async () => blobs.delete(digest));
    expect(blobs.has(digest)).toBe(true);
  });

  it("refuses a path that cannot be a key", async () => {
    for (const path of ["nul \u0000", "half \ud800", "x".repeat(1025)]) {
      await expect(store().workspaces.put(fileOf(path))).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
    }
    await write(fileOf("é".repeat(512)));
  });

  it("has no outputs to save of tasks that were not sealed with any", async () => {
    const { workspaces } = store();
    expect(await workspaces.pendingOutputs(10)).toEqual([]);
    await workspaces.outputsSettled({ orgId: ORG, taskId: "task_unknown" });
  });
}
