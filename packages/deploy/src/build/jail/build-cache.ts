import { createHash, randomUUID } from "node:crypto";
import { copyFile, mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

/** Each is at most what the jail lets a file be. */
const MAX_KEPT = 4;

/**
 * Where what a build leaves in /build/.berth is kept, as a tar that only jails read. Whoever builds with it decides what later
 * builds with it find, so each source, or at least each organization, has a folder of its own. Undefined: nowhere.
 */
export async function cacheFile(folder: string | undefined, key: string | undefined): Promise<string | undefined> {
  if (folder === undefined || key === undefined) return undefined;
  await mkdir(folder, { recursive: true });
  return join(folder, `${createHash("sha256").update(key).digest("hex")}.tar`);
}

/** Nothing is kept of what did not fit. The oldest make room. */
export async function keepCache(made: string, kept: string): Promise<void> {
  if ((await stat(made)).size === 0) return;
  const fresh = `${kept}.${randomUUID()}`;
  await copyFile(made, fresh);
  await rename(fresh, kept);
  const folder = join(kept, "..");
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const file = join(folder, name);
      return { file, at: (await stat(file)).mtimeMs };
    }),
  );
  const old = files.sort((a, b) => b.at - a.at).slice(MAX_KEPT);
  for (const { file } of old) await rm(file, { force: true });
}
