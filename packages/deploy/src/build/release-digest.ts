import { createHash } from "node:crypto";
import { comparePaths } from "../source/list-source-files.ts";
import type { SourceFile } from "../unpack/source-tree.ts";

export type ReleaseFile = SourceFile;

/** SHA-256 over the sorted list of `path NUL sha256 LF`, of a program `path NUL sha256 NUL x LF`: what a release is, apart from where it lies. */
export function releaseDigest(files: readonly ReleaseFile[]): string {
  const hash = createHash("sha256");
  for (const { path, bytes, isExecutable } of [...files].sort((a, b) => comparePaths(a.path, b.path))) {
    const mark = isExecutable === true ? "\0x" : "";
    hash.update(`${path}\0${createHash("sha256").update(bytes).digest("hex")}${mark}\n`);
  }
  return `sha256:${hash.digest("hex")}`;
}
