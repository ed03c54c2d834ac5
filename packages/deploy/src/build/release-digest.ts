import { createHash } from "node:crypto";
import { comparePaths } from "../source/list-source-files.ts";

export interface ReleaseFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

/** SHA-256 over the sorted list of `path NUL sha256 LF`: what a release is, apart from where it lies. */
export function releaseDigest(files: readonly ReleaseFile[]): string {
  const hash = createHash("sha256");
  for (const { path, bytes } of [...files].sort((a, b) => comparePaths(a.path, b.path))) {
    hash.update(`${path}\0${createHash("sha256").update(bytes).digest("hex")}\n`);
  }
  return `sha256:${hash.digest("hex")}`;
}
