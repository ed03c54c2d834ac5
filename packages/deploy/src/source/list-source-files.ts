import { lstat, readdir, realpath, stat } from "node:fs/promises";
import { join, sep } from "node:path";
import { PlatformError, isAlwaysLeftOut } from "@berth/protocol";
import type { IgnoreRules } from "./ignore-rules.ts";
import { openIgnoreRules } from "./ignore-rules.ts";

export interface SourceEntry {
  /** Relative to the folder, `/` between the parts. */
  readonly path: string;
  /** Where to read it: the file itself, or what a link inside the folder points to. */
  readonly file: string;
  readonly size: number;
}

export interface ListLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly maxDepth: number;
}

const SOURCE_LIMITS: ListLimits = { maxFiles: 20_000, maxBytes: 200 * 1024 * 1024, maxDepth: 64 };

/**
 * The files that make up an agent's source, sorted by path. Links that stay inside the folder count as what they point
 * to; those that leave it are refused.
 * @throws CONFIG_INVALID when the folder cannot be read, ARCHIVE_REFUSED when a limit or a link does not hold.
 */
export async function listSourceFiles(
  folder: string,
  options: { readonly limits?: ListLimits; readonly signal?: AbortSignal } = {},
): Promise<readonly SourceEntry[]> {
  const root = await openRoot(folder);
  const walk = new Walk(root, options.limits ?? SOURCE_LIMITS, options.signal);
  await walk.folder({ path: "", directory: root, rules: await openIgnoreRules(root), depth: 0, linked: false });
  return walk.entries.sort((a, b) => comparePaths(a.path, b.path));
}

/** By code unit: the same order on every machine, whatever its locale. */
export function comparePaths(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

async function openRoot(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch (error) {
    throw new PlatformError("CONFIG_INVALID", `There is no folder ${folder}.`, { cause: error });
  }
  throw new PlatformError("CONFIG_INVALID", `${folder} is a file; an agent is a folder.`);
}

interface Place {
  readonly path: string;
  readonly directory: string;
  readonly rules: IgnoreRules;
  readonly depth: number;
  /** Reached through a link. Links to folders are not followed from here: they could go round in circles. */
  readonly linked: boolean;
}

class Walk {
  readonly entries: SourceEntry[] = [];
  #bytes = 0;
  readonly #root: string;
  readonly #limits: ListLimits;
  readonly #signal: AbortSignal | undefined;

  constructor(root: string, limits: ListLimits, signal: AbortSignal | undefined) {
    this.#root = root;
    this.#limits = limits;
    this.#signal = signal;
  }

  async folder(place: Place): Promise<void> {
    const { path, depth } = place;
    if (this.#signal?.aborted === true) throw new PlatformError("CANCELED", "Packing was canceled.");
    if (depth > this.#limits.maxDepth) throw refused(`${path} lies more than ${this.#limits.maxDepth} folders deep.`);
    for (const name of await readdir(place.directory)) await this.#child(place, name);
  }

  async #child(place: Place, name: string): Promise<void> {
    const path = place.path === "" ? name : `${place.path}/${name}`;
    const file = join(place.directory, name);
    // Asked before anything is read: a socket or a broken link that is ignored is nobody's problem.
    if (isAlwaysLeftOut(name, "file") || place.rules.ignores(path, "file")) return;
    const info = await lstat(file);
    const isLink = info.isSymbolicLink();
    if ((isLink || info.isDirectory()) && isAlwaysLeftOut(name, "folder")) return;
    const target = isLink ? await this.#follow(path, file) : file;
    const real = isLink ? await stat(target) : info;
    if (!real.isDirectory()) {
      if (!real.isFile()) throw refused(`${path} is neither a file nor a folder.`);
      this.#add({ path, file: target, size: real.size });
      return;
    }
    if (place.rules.ignores(path, "folder")) return;
    if (isLink && place.linked) throw refused(`${path} is a link to a folder behind another link.`);
    const rules = await place.rules.enter(path);
    const linked = isLink || place.linked;
    await this.folder({ path, directory: target, rules, depth: place.depth + 1, linked });
  }

  #add(entry: SourceEntry): void {
    this.#bytes += entry.size;
    this.entries.push(entry);
    const { maxFiles, maxBytes } = this.#limits;
    if (this.entries.length > maxFiles) throw refused(`The folder holds more than ${maxFiles} files.`);
    if (this.#bytes > maxBytes) throw refused(`The folder holds more than ${Math.floor(maxBytes / 1048576)} MiB.`);
  }

  async #follow(path: string, link: string): Promise<string> {
    let target: string;
    try {
      target = await realpath(link);
    } catch (error) {
      throw refused(`${path} is a link that leads nowhere.`, error);
    }
    if (!target.startsWith(this.#root + sep)) {
      throw refused(`${path} is a link that leaves the folder.`);
    }
    // A link inside the folder must not be the way around the rules for what never leaves the machine.
    const parts = target.slice(this.#root.length + 1).split(sep);
    if (parts.some((part) => isAlwaysLeftOut(part, "folder") || isAlwaysLeftOut(part, "file"))) {
      throw refused(`${path} is a link to ${parts.join("/")}, which is never packed.`);
    }
    return target;
  }
}

function refused(message: string, cause?: unknown): PlatformError {
  return new PlatformError("ARCHIVE_REFUSED", message, {
    hint: "List what the agent does not need in .berthignore.",
    ...(cause === undefined ? {} : { cause }),
  });
}
