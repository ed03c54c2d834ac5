import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openLocalWorkspace } from "../src/server/workspace.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-workspace-"));
  await mkdir(join(folder, "workspace/reports"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(folder, "workspace/a.txt"), "first");
  await writeFile(join(folder, "workspace/reports/b.txt"), "second");
  await symlink(join(folder, "secret.txt"), join(folder, "workspace/link.txt"));
  await symlink(folder, join(folder, "workspace/up"));
});

afterEach(() => rm(folder, { recursive: true }));

const open = (): ReturnType<typeof openLocalWorkspace> => openLocalWorkspace([join(folder, "workspace")]);

test("files are read and listed by relative paths", async () => {
  expect(await open().readText("reports/b.txt")).toBe("second");
  expect(await open().readBytes("./a.txt")).toEqual(Buffer.from("first"));
  expect(await open().list()).toEqual(["a.txt", "reports/b.txt"]);
  expect(await open().list("reports")).toEqual(["reports/b.txt"]);
});

test.each([
  "../secret.txt",
  "reports/../../secret.txt",
  "/etc/passwd",
  "link.txt",
  "up/secret.txt",
  "a.txt\0.png",
  "..\\secret.txt",
  "reports",
  "missing.txt",
  "",
])("%j leads to nothing", async (path) => {
  await expect(open().readText(path)).rejects.toThrow(/workspace|not a file/);
});

test("without a folder there is a sentence about what to do", async () => {
  await expect(openLocalWorkspace([join(folder, "none")]).readText("a.txt")).rejects.toThrow("make a folder");
});
