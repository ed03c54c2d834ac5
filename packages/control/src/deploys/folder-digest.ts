import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";

/** What lies in a folder, by path and content; undefined when it is not there. */
export async function folderDigest(folder: string): Promise<string | undefined> {
  const hash = createHash("sha256");
  try {
    await walk(folder, "");
  } catch {
    return undefined;
  }
  return `sha256:${hash.digest("hex")}`;

  async function walk(directory: string, prefix: string): Promise<void> {
    const entries = await readdir(directory, { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = `${prefix}${entry.name}`;
      const file = join(directory, entry.name);
      if (entry.isDirectory()) await walk(file, `${path}/`);
      else if (entry.isSymbolicLink()) hash.update(`${path}\0-> ${await readlink(file)}\n`);
      else hash.update(`${path}\0${await fileDigest(file)}\n`);
    }
  }
}

async function fileDigest(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
