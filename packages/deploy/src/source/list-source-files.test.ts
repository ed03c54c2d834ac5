import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listSourceFiles } from "./list-source-files.ts";

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "berth-list-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function write(files: { readonly [path: string]: string }): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function paths(): Promise<readonly string[]> {
  return (await listSourceFiles(folder)).map(({ path }) => path);
}

describe("ignore files", () => {
  test("leave out what .gitignore names, in the folder it stands in and below", async () => {
    await write({
      ".gitignore": "*.log\n/dist\n",
      "a.log": "",
      "dist/x.js": "",
      "sub/dist/x.js": "",
      "sub/b.log": "",
      "a.ts": "",
    });
    expect(await paths()).toEqual([".gitignore", "a.ts", "sub/dist/x.js"]);
  });

  test("the nearest file decides, and a pattern is anchored where its file stands", async () => {
    await write({ ".gitignore": "*.csv", "data/.gitignore": "!keep.csv\n/drop.txt", "data/keep.csv": "" });
    await write({ "data/other.csv": "", "data/drop.txt": "", "drop.txt": "" });
    expect(await paths()).toEqual([".gitignore", "data/.gitignore", "data/keep.csv", "drop.txt"]);
  });

  test(".berthignore adds to .gitignore and can take back", async () => {
    await write({
      ".gitignore": "generated/",
      ".berthignore": "!generated/\nnotes/",
      "generated/a.ts": "",
      "notes/n": "",
    });
    expect(await paths()).toEqual([".berthignore", ".gitignore", "generated/a.ts"]);
  });

  test("a folder that is left out is not looked into, whatever its own ignore file says", async () => {
    await write({ ".gitignore": "out/", "out/.gitignore": "!*", "out/a.ts": "", "a.ts": "" });
    expect(await paths()).toEqual([".gitignore", "a.ts"]);
  });

  test("nothing brings back dependencies, version control or secrets", async () => {
    await write({ ".gitignore": "!.env\n!*.pem\n!node_modules\n!id_rsa", "a.ts": "" });
    await write({ ".env": "K=1", ".env.local": "", "deep/.ENV": "", "key.pem": "", id_rsa: "", "deep/id_ed25519": "" });
    await write({
      "node_modules/x/i.js": "",
      ".git/config": "",
      ".berth/db": "",
      ".npmrc": "",
      "deep/node_modules/y": "",
    });
    await write({ "envelope.ts": "", "id_rsa.ts": "", "deep/private_key.json": "" });
    expect(await paths()).toEqual([".gitignore", "a.ts", "envelope.ts", "id_rsa.ts"]);
  });
});

describe("links", () => {
  test("that stay inside count as what they point to", async () => {
    await write({ "data/a.csv": "1", "a.ts": "" });
    await symlink("data/a.csv", join(folder, "link.csv"));
    await symlink("data", join(folder, "more"));
    expect(await paths()).toEqual(["a.ts", "data/a.csv", "link.csv", "more/a.csv"]);
  });

  test.each([
    ["leaves the folder", "/etc/hostname"],
    ["leaves the folder", ".."],
    ["leaves the folder", "."],
    ["leads nowhere", "missing"],
    ["never packed", ".env"],
  ])("that %s are refused (%s)", async (why, target) => {
    await write({ "a.ts": "", ".env": "SECRET=1" });
    await symlink(target, join(folder, "link"));
    await expect(paths()).rejects.toMatchObject({ reason: "ARCHIVE_REFUSED", message: expect.stringContaining(why) });
  });

  test("that go round in circles are refused", async () => {
    await write({ "a/x.ts": "", "b/y.ts": "" });
    await symlink("../b", join(folder, "a/b"));
    await symlink("../a", join(folder, "b/a"));
    await expect(paths()).rejects.toMatchObject({ reason: "ARCHIVE_REFUSED" });
  });

  test("in an ignored folder do not matter", async () => {
    await write({ ".gitignore": "venv", "a.ts": "", "venv/x": "" });
    await symlink("/usr/bin/env", join(folder, "venv/python"));
    expect(await paths()).toEqual([".gitignore", "a.ts"]);
  });
});

describe("limits", () => {
  test("on files, bytes and depth are told by name", async () => {
    await write({ "a.ts": "12345", "b/c/d.ts": "12345" });
    const limits = { maxFiles: 10, maxBytes: 100, maxDepth: 10 };
    const list = (change: Partial<typeof limits>): Promise<unknown> =>
      listSourceFiles(folder, { limits: { ...limits, ...change } });
    await expect(list({ maxFiles: 1 })).rejects.toThrow("more than 1 files");
    await expect(list({ maxBytes: 9 })).rejects.toThrow("more than 0 MiB");
    await expect(list({ maxDepth: 1 })).rejects.toThrow("more than 1 folders deep");
    await expect(list({})).resolves.toHaveLength(2);
  });

  test("a folder that is not there, and a file, are told apart", async () => {
    await write({ "a.ts": "" });
    await expect(listSourceFiles(join(folder, "nope"))).rejects.toThrow("There is no folder");
    await expect(listSourceFiles(join(folder, "a.ts"))).rejects.toThrow("is a file");
  });

  test("an aborted signal stops the walk", async () => {
    await expect(listSourceFiles(folder, { signal: AbortSignal.abort() })).rejects.toMatchObject({
      reason: "CANCELED",
    });
  });
});
