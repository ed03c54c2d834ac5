import { constants } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SourceTree } from "./source-tree.ts";

/** Never through a link, never over anything that is there. */
const CREATE_ONLY = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Writes a tree into `folder`, which must not exist: nobody else can have put a link into it. Its parent must be a
 * folder only we write to.
 * @throws when the folder exists or the disk refuses; what was written stays for the caller to remove.
 */
export async function writeTree(tree: SourceTree, folder: string): Promise<void> {
  await mkdir(folder, { mode: 0o755 });
  const made = new Set<string>([folder]);
  for (const { path, bytes, isExecutable } of tree.files) {
    const file = join(folder, path);
    const parent = dirname(file);
    if (!made.has(parent)) {
      await mkdir(parent, { recursive: true, mode: 0o755 });
      made.add(parent);
    }
    const handle = await open(file, CREATE_ONLY, isExecutable === true ? 0o755 : 0o644);
    try {
      await handle.writeFile(bytes);
    } finally {
      await handle.close();
    }
  }
}
