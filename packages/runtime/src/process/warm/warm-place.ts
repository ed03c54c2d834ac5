import { chmod, link, mkdir, readdir, readlink, rm, symlink } from "node:fs/promises";
import { join } from "node:path";
import { baseFolder, makeFolder } from "../../driver/base-folder.ts";

/** More is slower than a mount, and a start from cold has that. */
const MAX_ENTRIES = 200;

/** Folders that are mounted read-only into a warm jail while they are empty, and get their content when its agent is known. */
export interface WarmPlace {
  readonly appFolder: string;
  readonly compileCacheFolder: string;
}

export function warmPlaces(home: string): string {
  return join(baseFolder(home), "warm");
}

/** Beside the releases, so that files can be in both. */
export async function makeWarmPlace(home: string, key: string): Promise<WarmPlace> {
  const folder = join(warmPlaces(home), key);
  await removeWarmPlace(home, key);
  await makeFolder(warmPlaces(home), 0o711);
  await makeFolder(folder, 0o711);
  const place = { appFolder: join(folder, "app"), compileCacheFolder: join(folder, "compile-cache") };
  for (const made of Object.values(place)) await makeFolder(made, 0o755);
  return place;
}

export async function removeWarmPlace(home: string, key: string): Promise<void> {
  await rm(join(warmPlaces(home), key), { recursive: true, force: true });
}

/**
 * The same files under a second name: no bytes are copied, and what is not in the folder is not in the jail.
 * @throws when there are too many, or `to` is on another file system.
 */
export async function linkTree(from: string, to: string): Promise<void> {
  let left = MAX_ENTRIES;
  const linkFolder = async (source: string, target: string): Promise<void> => {
    const entries = await readdir(source, { withFileTypes: true });
    left -= entries.length;
    if (left < 0) throw new Error(`it has more than ${MAX_ENTRIES} files`);
    await Promise.all(
      entries.map(async (entry) => {
        const [file, name] = [join(source, entry.name), join(target, entry.name)];
        if (entry.isSymbolicLink()) return await symlink(await readlink(file), name);
        if (entry.isFile()) return await link(file, name);
        if (!entry.isDirectory()) throw new Error("it has something that is neither file nor folder");
        await mkdir(name, { mode: 0o755 });
        await chmod(name, 0o755);
        await linkFolder(file, name);
      }),
    );
  };
  await linkFolder(from, to);
}
