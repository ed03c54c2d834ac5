import { createHash, randomUUID } from "node:crypto";
import { chmod, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { baseFolder, makeFolder } from "../../driver/base-folder.ts";
import type { ReleaseSpec, SandboxLimits } from "../../sandbox-driver.ts";
import { readRecording } from "./recorded-cache.ts";
import type { CacheFile } from "./recorded-cache.ts";
import type { WarmJail } from "./warm-jail.ts";

const RECORD_TIMEOUT_MS = 30_000;
const MAX_WAITING = 4;
/** Beside the cache: which release it is of, to be removed with it. */
const RELEASE_FILE = "release";

export interface CompileCacheOptions {
  readonly home: string;
  /** Another Node makes other code. */
  readonly nodePath: string;
  /** A jail for one recording. */
  readonly open: (limits: SandboxLimits, signal: AbortSignal) => Promise<WarmJail>;
  /** Resolves when no agent is being started. */
  readonly quiet: () => Promise<void>;
  readonly log: (line: string) => void;
}

/**
 * What V8 made of each release, for its next starts. It is recorded by running the release once, in a jail of its own,
 * where it hears nobody: no caller has a hand in it, and a running instance cannot write to it. It comes from the release's own
 * process and is trusted no more than the release: only that release's jails mount it.
 */
export class CompileCaches {
  readonly #options: CompileCacheOptions;
  readonly #folder: string;
  /** By folder: the cache, where there is one. */
  readonly #found = new Map<string, Promise<string | undefined>>();
  readonly #tried = new Set<string>();
  readonly #closing = new AbortController();
  #waiting = 0;
  /** One at a time. */
  #recording: Promise<void> = Promise.resolve();

  constructor(options: CompileCacheOptions) {
    this.#options = options;
    this.#folder = join(baseFolder(options.home), "compile-cache");
  }

  /** Undefined when there is none. */
  find(spec: ReleaseSpec): Promise<string | undefined> {
    const folder = this.#folderOf(spec);
    const found = this.#found.get(folder) ?? isThere(folder).then((is) => (is ? join(folder, "cache") : undefined));
    this.#found.set(folder, found);
    return found;
  }

  /** Makes it in the background, once; a release that cannot be recorded stays without. */
  record(spec: ReleaseSpec): void {
    const folder = this.#folderOf(spec);
    if (this.#tried.has(folder) || this.#waiting >= MAX_WAITING || !spec.entry.endsWith(".mjs")) return;
    this.#tried.add(folder);
    this.#waiting++;
    this.#recording = this.#recording.then(async () => {
      await this.#record(spec, folder);
      this.#waiting--;
    });
  }

  /** Resolves when nothing is being recorded. */
  async settled(): Promise<void> {
    await this.#recording;
  }

  /** Removes what is of releases that are gone. */
  async sweep(): Promise<void> {
    for (const name of await readdir(this.#folder).catch(() => [])) {
      const folder = join(this.#folder, name);
      const release = await readFile(join(folder, RELEASE_FILE), "utf8").catch(() => undefined);
      if (release === undefined || !(await isThere(release))) await rm(folder, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    this.#closing.abort(new Error("the platform is shutting down"));
    await this.#recording;
  }

  async #record(spec: ReleaseSpec, folder: string): Promise<void> {
    const { open, quiet, log } = this.#options;
    await quiet();
    if (this.#closing.signal.aborted || (await this.find(spec)) !== undefined) return;
    const signal = AbortSignal.any([this.#closing.signal, AbortSignal.timeout(RECORD_TIMEOUT_MS)]);
    try {
      await using jail = await open(spec.limits, signal);
      const files = await readRecording(await jail.record(spec), signal);
      if (files === undefined) throw new Error("the agent ended before it listened");
      await writeCache(folder, spec.folder, files);
      this.#found.set(folder, Promise.resolve(join(folder, "cache")));
    } catch (error) {
      if (!this.#closing.signal.aborted) log(`no compile cache for agent ${spec.agentName}: ${String(error)}`);
    }
  }

  #folderOf({ folder, releaseId, entry }: ReleaseSpec): string {
    const key = createHash("sha256").update(JSON.stringify([folder, releaseId, entry, this.#options.nodePath]));
    return join(this.#folder, key.digest("hex").slice(0, 24));
  }
}

/** All of it or nothing, and for any jail's uid to read. */
async function writeCache(folder: string, release: string, files: readonly CacheFile[]): Promise<void> {
  const draft = `${folder}.${randomUUID()}`;
  await makeFolder(join(draft, ".."), 0o711);
  await makeFolder(draft, 0o711);
  await makeFolder(join(draft, "cache"), 0o755);
  for (const { folder: version, name, content } of files) {
    await makeFolder(join(draft, "cache", version), 0o755);
    const file = join(draft, "cache", version, name);
    await writeFile(file, content);
    await chmod(file, 0o644);
  }
  await writeFile(join(draft, RELEASE_FILE), release);
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
