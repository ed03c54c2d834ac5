import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import { openHostFolder } from "@berth/runtime";
import type { HostFolder } from "@berth/runtime";
import { InMemoryBlobStore, createInMemoryStore } from "@berth/store/memory";
import { withHostFolder } from "./host-files.ts";
import { StoredFiles } from "./stored-files.ts";
import { DEFAULT_WORKSPACE_LIMITS } from "./workspace-limits.ts";
import type { WorkspaceFiles } from "./workspaces.ts";

const by = { id: "usr_1" };
let root: string;
let folder: HostFolder;
let files: WorkspaceFiles;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "berth-host-files-"));
  folder = openHostFolder(root);
  const stored = new StoredFiles({
    store: createInMemoryStore().workspaces,
    blobs: new InMemoryBlobStore(),
    limits: DEFAULT_WORKSPACE_LIMITS,
    now: () => new Date(),
  });
  files = withHostFolder(stored, folder, DEFAULT_WORKSPACE_LIMITS);
});
afterEach(() => {
  folder.close();
  rmSync(root, { recursive: true });
});

it("what an editor saves in the folder is what the workspace has, for the default organization alone", async () => {
  mkdirSync(join(root, "data"));
  writeFileSync(join(root, "data/a.csv"), "1,2");
  writeFileSync(join(root, "notes.md"), "# Notes");
  const listed = await files.list(DEFAULT_ORG_ID, "", { limit: 10 });
  expect(listed.map(({ path, mediaType }) => [path, mediaType])).toEqual([
    ["data/a.csv", "text/csv"],
    ["notes.md", "text/markdown"],
  ]);
  expect(await files.list(DEFAULT_ORG_ID, "", { limit: 10, after: "data/a.csv" })).toHaveLength(1);
  expect(await files.list("org_2", "", { limit: 10 })).toEqual([]);
  const { file, content } = await files.read(DEFAULT_ORG_ID, "data/a.csv");
  expect(Buffer.from(content).toString()).toBe("1,2");
  expect(await files.find(DEFAULT_ORG_ID, "data/a.csv")).toEqual(file);
  expect(await files.history(DEFAULT_ORG_ID, "data/a.csv", 10)).toEqual([file]);
  expect(await files.match(DEFAULT_ORG_ID, ["**/*.csv"], 10)).toEqual({ files: [file], bytes: 3, more: false });
  expect(await files.usage(DEFAULT_ORG_ID)).toEqual({ files: 2, bytes: 10, released: 0 });
});

it("writes go to the folder, and respect what the writer has seen", async () => {
  const first = await files.write(DEFAULT_ORG_ID, by, {
    path: "x/y.txt",
    content: Buffer.from("1"),
    expectedVersion: 0,
  });
  await expect(
    files.write(DEFAULT_ORG_ID, by, { path: "x/y.txt", content: Buffer.from("2"), expectedVersion: 0 }),
  ).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
  const next = { path: "x/y.txt", content: Buffer.from("22"), expectedVersion: first.version };
  expect(await files.write(DEFAULT_ORG_ID, by, next)).toMatchObject({ bytes: 2 });
  await expect(files.read(DEFAULT_ORG_ID, "x/y.txt", 1)).rejects.toMatchObject({ reason: "FILE_NOT_FOUND" });
  expect((await files.remove(DEFAULT_ORG_ID, by, "x/y.txt")).digest).toBeUndefined();
  await expect(files.remove(DEFAULT_ORG_ID, by, "x/y.txt")).rejects.toMatchObject({ reason: "FILE_NOT_FOUND" });
  await expect(files.read(DEFAULT_ORG_ID, "../x")).rejects.toMatchObject({ reason: "PATH_INVALID" });
});
