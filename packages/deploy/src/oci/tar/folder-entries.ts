import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { LayerEntry } from "./layer-entry.ts";

export interface FolderOptions {
  /** Where the folder is in the layer, such as `app`. */
  readonly at: string;
  /** Files that may be executed stay so. Default: nothing can be. */
  readonly keepExecutable?: boolean;
  /** By path relative to the folder. */
  readonly leaveOut?: (path: string) => boolean;
  readonly maxEntries?: number;
  readonly signal?: AbortSignal;
}

const MAX_ENTRIES = 200_000;

/** What is in a folder, links as links. @throws ARCHIVE_REFUSED, CANCELED */
export async function folderEntries(folder: string, options: FolderOptions): Promise<readonly LayerEntry[]> {
  const { at, keepExecutable = false, leaveOut = () => false, maxEntries = MAX_ENTRIES, signal } = options;
  const entries: LayerEntry[] = [];
  const waiting = [""];
  for (let inside = waiting.pop(); inside !== undefined; inside = waiting.pop()) {
    if (signal?.aborted === true) throw new PlatformError("CANCELED", "Reading the folder was canceled.");
    for (const name of await readdir(join(folder, inside))) {
      const relative = inside === "" ? name : `${inside}/${name}`;
      if (leaveOut(relative)) continue;
      const source = join(folder, relative);
      const path = `${at}/${relative}`;
      const info = await lstat(source);
      if (info.isDirectory()) {
        entries.push({ kind: "folder", path });
        waiting.push(relative);
      } else if (info.isSymbolicLink()) entries.push({ kind: "link", path, target: await readlink(source) });
      else if (info.isFile()) {
        const mode = keepExecutable && (info.mode & 0o111) !== 0 ? 0o755 : 0o644;
        entries.push({ kind: "file", path, mode, source, size: info.size });
      } else throw new PlatformError("ARCHIVE_REFUSED", `${relative} is neither a file, a folder nor a link.`);
      if (entries.length > maxEntries) {
        throw new PlatformError("ARCHIVE_REFUSED", `The folder holds more than ${maxEntries} files.`);
      }
    }
  }
  return entries;
}
