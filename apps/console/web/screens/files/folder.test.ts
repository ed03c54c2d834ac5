import { describe, expect, it } from "vitest";
import { fileAddress } from "./file.ts";
import type { WorkspaceFile } from "./file.ts";
import { crumbsOf, diffLines, folderOf } from "./folder.ts";

const file = (path: string, bytes = 1): WorkspaceFile => ({
  path,
  version: 1,
  digest: "sha256:x",
  bytes,
  mediaType: "text/plain",
  at: "",
  by: "",
});

describe("folderOf", () => {
  const files = [file("a.txt"), file("data/2026/x.csv", 5), file("data/y.csv", 7), file("data-old/z.csv")];
  it("has the files and folders right below a prefix", () => {
    expect(folderOf(files, "")).toEqual({
      folders: [
        { name: "data", prefix: "data/", files: 2, bytes: 12 },
        { name: "data-old", prefix: "data-old/", files: 1, bytes: 1 },
      ],
      files: [file("a.txt")],
    });
    expect(folderOf(files, "data/").files.map(({ path }) => path)).toEqual(["data/y.csv"]);
    expect(folderOf(files, "nothing/")).toEqual({ folders: [], files: [] });
  });
});

describe("crumbsOf", () => {
  it("leads to every folder above", () => {
    expect(crumbsOf("a/b/")).toEqual([
      { name: "a", prefix: "a/" },
      { name: "b", prefix: "a/b/" },
    ]);
    expect(crumbsOf("")).toEqual([]);
  });
});

describe("diffLines", () => {
  it("tells added from removed, without the names above", () => {
    expect(
      diffLines("--- a\n+++ b\n@@ -1,2 +1,2 @@\n same\n-old\n+new\n").map(({ kind, text }) => `${kind} ${text}`),
    ).toEqual(["place @@ -1,2 +1,2 @@", "same same", "removed old", "added new"]);
    expect(diffLines("")).toEqual([]);
  });
});

describe("fileAddress", () => {
  it("escapes each segment once", () => {
    expect(fileAddress("files", "a b/c#d?.txt")).toBe("/v1/workspace/files/a%20b/c%23d%3F.txt");
  });
});
