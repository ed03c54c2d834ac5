import { mkdir, mkdtemp, readFile, readdir, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { writeTree } from "./write-tree.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-write-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const tree = { files: [{ path: "src/deep/a.ts", bytes: Buffer.from("a") }], bytes: 1 };

test("files stand under a fresh folder", async () => {
  await writeTree(tree, join(folder, "new"));
  expect(await readFile(join(folder, "new/src/deep/a.ts"), "utf8")).toBe("a");
});

test("an existing folder, or a link in its place, is left alone", async () => {
  await mkdir(join(folder, "there"));
  await symlink(join(folder, "there"), join(folder, "link"));
  for (const name of ["there", "link"]) {
    await expect(writeTree(tree, join(folder, name))).rejects.toMatchObject({ code: "EEXIST" });
  }
  expect(await readdir(join(folder, "there"))).toEqual([]);
});

test("a second file of the same name is not written over the first", async () => {
  const twice = { files: [...tree.files, ...tree.files], bytes: 2 };
  await expect(writeTree(twice, join(folder, "new"))).rejects.toMatchObject({ code: "EEXIST" });
});
