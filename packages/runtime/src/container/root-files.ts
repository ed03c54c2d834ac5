import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { JAIL } from "../process/jail-arguments.ts";
import { ownNames } from "../process/program-root.ts";
import type { TarEntry } from "./tar-stream.ts";

/** Where something is mounted in every container. */
const MOUNT_POINTS = ["/dev", "/proc", "/run", "/sys", "/tmp", JAIL.sidecar];

/**
 * A program's root as the jail has it: without what is at the places that are the platform's, with /etc from its own
 * folder, and without devices, sockets and pipes. No link is followed.
 */
export async function* rootFiles(rootfs: string, etcFolder: string, mountsApp: boolean): AsyncGenerator<TarEntry> {
  const own = new Set([...ownNames(mountsApp), "sys"]);
  for (const path of [...MOUNT_POINTS, ...(mountsApp ? [JAIL.app] : [])])
    yield { kind: "folder", path, mode: path === "/tmp" ? 0o1777 : 0o755 };
  yield* entriesBelow(etcFolder, "/etc");
  yield { kind: "text", path: "/etc/hostname", mode: 0o644, text: "" };
  for (const name of (await readdir(rootfs)).toSorted())
    if (!own.has(name)) yield* entriesBelow(join(rootfs, name), `/${name}`);
}

async function* entriesBelow(source: string, path: string): AsyncGenerator<TarEntry> {
  const found = await lstat(source).catch(() => undefined);
  const mode = (found?.mode ?? 0) & 0o777;
  if (found?.isSymbolicLink() === true) yield { kind: "link", path, to: await readlink(source) };
  else if (found?.isFile() === true) yield { kind: "file", path, mode, source };
  else if (found?.isDirectory() === true) {
    yield { kind: "folder", path, mode };
    for (const name of (await readdir(source)).toSorted()) yield* entriesBelow(join(source, name), `${path}/${name}`);
  }
}
