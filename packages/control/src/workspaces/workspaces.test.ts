import { describe, expect, it } from "vitest";
import type { Principal, Scope } from "@berth/protocol";
import { InMemoryBlobStore, createInMemoryStore } from "@berth/store/memory";
import { digestOf } from "../receipts/node-sha256.ts";
import { createWorkspaces } from "./create-workspaces.ts";
import { StoredFiles } from "./stored-files.ts";
import { DEFAULT_WORKSPACE_LIMITS } from "./workspace-limits.ts";
import type { WorkspaceLimits } from "./workspace-limits.ts";
import type { Workspaces } from "./workspaces.ts";

const principal = (orgId: string, ...scopes: Scope[]): Principal => ({ kind: "user", id: "usr_1", orgId, scopes });
const DEVELOPER = principal("org_1", "deploy");
const bytes = (text: string): Uint8Array => Buffer.from(text);

function open(limits: Partial<WorkspaceLimits> = {}): {
  workspaces: Workspaces;
  store: ReturnType<typeof createInMemoryStore>;
  blobs: InMemoryBlobStore;
} {
  const store = createInMemoryStore();
  const blobs = new InMemoryBlobStore();
  const now = (): Date => new Date("2026-11-29T10:00:00Z");
  const files = new StoredFiles({
    store: store.workspaces,
    blobs,
    limits: { ...DEFAULT_WORKSPACE_LIMITS, ...limits },
    now,
  });
  return {
    workspaces: createWorkspaces({
      files,
      audit: store.audit,
      limits: { ...DEFAULT_WORKSPACE_LIMITS, ...limits },
      now,
    }),
    store,
    blobs,
  };
}

describe("workspaces", () => {
  it("keep every version of a file, and tell what it was when it was deleted", async () => {
    const { workspaces } = open();
    await workspaces.write(DEVELOPER, { path: "a/x.csv", content: bytes("1") });
    const second = await workspaces.write(DEVELOPER, { path: "a/x.csv", content: bytes("22") });
    expect(second).toMatchObject({ version: 2, bytes: 2, mediaType: "text/csv", by: "usr_1" });
    const { content } = await workspaces.read(DEVELOPER, "a/x.csv", 1);
    expect(Buffer.from(content).toString()).toBe("1");
    expect(await workspaces.remove(DEVELOPER, "a/x.csv")).toMatchObject({ version: 3, bytes: 0 });
    await expect(workspaces.read(DEVELOPER, "a/x.csv")).rejects.toMatchObject({ reason: "FILE_NOT_FOUND" });
    await expect(workspaces.read(DEVELOPER, "a/x.csv", 3)).rejects.toMatchObject({ reason: "FILE_NOT_FOUND" });
    await expect(workspaces.remove(DEVELOPER, "a/x.csv")).rejects.toMatchObject({ reason: "FILE_NOT_FOUND" });
    expect((await workspaces.read(DEVELOPER, "a/x.csv", 2)).file).toEqual(second);
    const history = await workspaces.history(DEVELOPER, "a/x.csv");
    expect(history.map(({ version, digest }) => [version, digest !== undefined])).toEqual([
      [3, false],
      [2, true],
      [1, true],
    ]);
    const after = await workspaces.write(DEVELOPER, { path: "a/x.csv", content: bytes("4") });
    expect(after.version).toBe(4);
    expect(await workspaces.raw.find("org_1", "a/x.csv")).toEqual(after);
  });

  it("refuse a writer who has not seen the newest version, and keep no bytes of his", async () => {
    const { workspaces, blobs } = open();
    await workspaces.write(DEVELOPER, { path: "a", content: bytes("1"), expectedVersion: 0 });
    for (const expectedVersion of [0, 2]) {
      await expect(
        workspaces.write(DEVELOPER, { path: "a", content: bytes("late"), expectedVersion }),
      ).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    }
    expect(await blobs.has(digestOf(bytes("1")))).toBe(true);
    expect(await blobs.has(digestOf(bytes("late")))).toBe(false);
    expect((await workspaces.history(DEVELOPER, "a")).length).toBe(1);
  });

  it("refuse what is too large, and what no longer fits", async () => {
    const { workspaces } = open({ maxFileBytes: 10, quota: { files: 2, bytes: 15 } });
    await expect(workspaces.write(DEVELOPER, { path: "a", content: bytes("x".repeat(11)) })).rejects.toMatchObject({
      reason: "FILE_TOO_LARGE",
    });
    await workspaces.write(DEVELOPER, { path: "a", content: bytes("x".repeat(10)) });
    const full = { reason: "QUOTA_EXCEEDED" };
    await expect(workspaces.write(DEVELOPER, { path: "b", content: bytes("x".repeat(6)) })).rejects.toMatchObject(full);
    await workspaces.write(DEVELOPER, { path: "b", content: bytes("x") });
    await expect(workspaces.write(DEVELOPER, { path: "c", content: bytes("") })).rejects.toMatchObject(full);
    await workspaces.remove(DEVELOPER, "a");
    const different = bytes("y".repeat(10));
    await expect(workspaces.write(DEVELOPER, { path: "c", content: different })).rejects.toMatchObject(full);
    await workspaces.remove(DEVELOPER, "a", { history: true });
    await workspaces.write(DEVELOPER, { path: "c", content: different });
  });

  it("refuse paths that are none, everywhere", async () => {
    const { workspaces } = open();
    for (const path of ["../a", "/a", "a/", "a//b", "", "a\u0000", "a\\b", "con", "a\u202eb"]) {
      const refused = { reason: "PATH_INVALID" };
      await expect(workspaces.write(DEVELOPER, { path, content: bytes("") }), path).rejects.toMatchObject(refused);
      await expect(workspaces.read(DEVELOPER, path)).rejects.toMatchObject(refused);
      await expect(workspaces.remove(DEVELOPER, path)).rejects.toMatchObject(refused);
      await expect(workspaces.history(DEVELOPER, path)).rejects.toMatchObject(refused);
      await expect(workspaces.diff(DEVELOPER, path)).rejects.toMatchObject(refused);
    }
  });

  it("show nothing to strangers, and let only those write who may", async () => {
    const { workspaces, store } = open();
    await workspaces.write(DEVELOPER, { path: "a", content: bytes("1") });
    const foreign = principal("org_2", "admin");
    await expect(workspaces.read(foreign, "a")).rejects.toMatchObject({ reason: "FILE_NOT_FOUND" });
    expect(await workspaces.list(foreign, {})).toEqual({ files: [] });
    const [reader, caller] = [principal("org_1", "read"), principal("org_1", "invoke")];
    expect((await workspaces.read(reader, "a")).file.version).toBe(1);
    const denied = { reason: "PERMISSION_DENIED" };
    await expect(workspaces.write(reader, { path: "a", content: bytes("2") })).rejects.toMatchObject(denied);
    await expect(workspaces.remove(reader, "a")).rejects.toMatchObject(denied);
    await expect(workspaces.read(caller, "a")).rejects.toMatchObject(denied);
    await expect(workspaces.list(caller, {})).rejects.toMatchObject(denied);
    await expect(workspaces.history(caller, "a")).rejects.toMatchObject(denied);
    await expect(workspaces.diff(caller, "a")).rejects.toMatchObject(denied);
    expect(await store.audit.list("org_1", 10)).toMatchObject([
      {
        action: "workspace.write",
        resource: "a",
        actor: "usr_1",
        detail: { digest: expect.stringMatching(/^sha256:/) },
      },
    ]);
  });

  it("list a page at a time", async () => {
    const { workspaces } = open();
    for (const path of ["a/1", "a/2", "a/3", "b"]) await workspaces.write(DEVELOPER, { path, content: bytes(path) });
    const first = await workspaces.list(DEVELOPER, { prefix: "a/", limit: 2 });
    expect(first.files.map(({ path }) => path)).toEqual(["a/1", "a/2"]);
    expect(first.next).toBe("a/2");
    const second = await workspaces.list(DEVELOPER, { prefix: "a/", limit: 2, after: "a/2" });
    expect([second.files.map(({ path }) => path), second.next]).toEqual([["a/3"], undefined]);
  });

  it("compare two versions of a text, and say nothing of what is none", async () => {
    const { workspaces } = open();
    await workspaces.write(DEVELOPER, { path: "t", content: bytes("a\nb\n") });
    await workspaces.write(DEVELOPER, { path: "t", content: bytes("a\nc\n") });
    await workspaces.remove(DEVELOPER, "t");
    expect(await workspaces.diff(DEVELOPER, "t", { from: 1, to: 2 })).toEqual({
      path: "t",
      from: 1,
      to: 2,
      text: "--- t (version 1)\n+++ t (version 2)\n@@ -1,2 +1,2 @@\n a\n-b\n+c\n",
    });
    expect((await workspaces.diff(DEVELOPER, "t")).text).toContain("@@ -1,2 +0,0 @@");
    expect((await workspaces.diff(DEVELOPER, "t", { from: 0, to: 1 })).text).toContain("@@ -0,0 +1,2 @@");
    await expect(workspaces.diff(DEVELOPER, "t", { from: 9, to: 1 })).rejects.toMatchObject({
      reason: "FILE_NOT_FOUND",
    });
    await workspaces.write(DEVELOPER, { path: "b", content: new Uint8Array([0, 255]) });
    expect(await workspaces.diff(DEVELOPER, "b")).toEqual({ path: "b", from: 0, to: 1 });
    await workspaces.write(DEVELOPER, { path: "big", content: bytes("\n".repeat(30_000)) });
    expect((await workspaces.diff(DEVELOPER, "big")).text).toBeUndefined();
  });

  it("match globs against what is there now, and stop counting at the bound", async () => {
    const { workspaces } = open();
    for (const path of ["data/a.csv", "data/b.csv", "data/deep/c.csv", "data/d.txt", "other.csv"]) {
      await workspaces.write(DEVELOPER, { path, content: bytes("12") });
    }
    const match = async (globs: string[], limit = 10): Promise<unknown> => {
      const { files, bytes: size, more } = await workspaces.raw.match("org_1", globs, limit);
      return [files.map(({ path }) => path), size, more];
    };
    expect(await match(["data/*.csv"])).toEqual([["data/a.csv", "data/b.csv"], 4, false]);
    expect(await match(["data/**/*.csv", "other.csv"], 3)).toEqual([
      ["data/a.csv", "data/b.csv", "data/deep/c.csv"],
      6,
      true,
    ]);
    expect(await match([])).toEqual([[], 0, false]);
    await expect(match(["../*"])).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  });

  it("take a media type only where it looks like one: it becomes a header", async () => {
    const { workspaces } = open();
    const typeOf = async (mediaType: string): Promise<string> =>
      (await workspaces.write(DEVELOPER, { path: "m.txt", content: bytes(""), mediaType })).mediaType;
    expect(await typeOf("text/csv; charset=utf-8")).toBe("text/csv; charset=utf-8");
    for (const hostile of ["text/html\r\nX: y", "nonsense", "a/b; c", ""]) {
      expect(await typeOf(hostile)).toBe("application/octet-stream");
    }
  });

  it("forget a file with its history, say so, and never give its numbers again", async () => {
    const { workspaces, store } = open();
    for (const text of ["1", "22"]) await workspaces.write(DEVELOPER, { path: "a", content: bytes(text) });
    await workspaces.remove(DEVELOPER, "a");
    expect(await workspaces.usage(DEVELOPER)).toEqual({
      files: 0,
      bytes: 3,
      released: 0,
      quota: DEFAULT_WORKSPACE_LIMITS.quota,
    });
    expect(await workspaces.remove(DEVELOPER, "a", { history: true })).toMatchObject({ version: 4 });
    expect(await workspaces.usage(DEVELOPER)).toMatchObject({ bytes: 0, released: 3 });
    expect((await workspaces.history(DEVELOPER, "a")).map(({ version }) => version)).toEqual([4]);
    await expect(workspaces.read(DEVELOPER, "a", 2)).rejects.toMatchObject({ reason: "FILE_NOT_FOUND" });
    await expect(workspaces.remove(DEVELOPER, "b", { history: true })).rejects.toMatchObject({
      reason: "FILE_NOT_FOUND",
    });
    expect(await workspaces.write(DEVELOPER, { path: "a", content: bytes("5") })).toMatchObject({ version: 5 });
    const entries = await store.audit.list("org_1", 10);
    const removed = entries.find(({ action, resource }) => action === "workspace.remove_history" && resource === "a");
    expect(removed).toMatchObject({ outcome: "ok" });
  });
});
