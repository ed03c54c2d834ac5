import { PlatformError } from "@berth/protocol";
import { parseEntryPath } from "../unpack/entry-path.ts";
import type { SourceTree } from "../unpack/source-tree.ts";
import { SourceTreeBuilder } from "../unpack/source-tree.ts";
import type { UnpackLimits } from "../unpack/unpack-archive.ts";
import type { GitPlace } from "./git-place.ts";

export interface ReadTree {
  /** Of the commit. */
  readonly commit: string;
  /** Folder of the repository; absent: all of it. */
  readonly path?: string;
  readonly limits: UnpackLimits;
  readonly log: (line: string) => void;
  readonly signal: AbortSignal;
}

interface Entry {
  readonly id: string;
  readonly path: string;
  readonly size: number;
}

const BLOBS: ReadonlySet<string> = new Set(["100644", "100755", "100664"]);
const MAX_NOTES = 20;
const LFS_POINTER = "version https://git-lfs.github.com/spec/";

/**
 * The files of a commit as they are stored. Nothing is checked out: no filter, attribute, substitution or line ending
 * of the repository's has a say, and no tree is written that a link could lead out of. Links and submodules are left out.
 * @throws SOURCE_FAILED, ARCHIVE_REFUSED for paths that cannot be written, CANCELED, TIMED_OUT
 */
export async function readGitTree(place: GitPlace, asked: ReadTree): Promise<SourceTree> {
  const entries = await listEntries(place, asked);
  if (entries.length === 0) {
    const where = asked.path === undefined ? "The commit" : `The folder ${JSON.stringify(asked.path)}`;
    throw new PlatformError("SOURCE_FAILED", `${where} holds no files.`);
  }
  return await readBlobs(place, entries, asked);
}

async function listEntries(place: GitPlace, asked: ReadTree): Promise<readonly Entry[]> {
  const { commit, path, limits } = asked;
  const entries: Entry[] = [];
  const left = new Map<string, number>();
  let bytes = 0;
  let rest = Buffer.alloc(0);
  const add = (record: string): void => {
    const [, mode = "", id = "", size = "", name = ""] =
      /^(\d+) \w+ ([0-9a-f]+) +(\d+|-)\t([\s\S]+)$/.exec(record) ?? [];
    if (!BLOBS.has(mode)) {
      const kind = mode === "120000" ? "symbolic link" : mode === "160000" ? "submodule" : "special file";
      left.set(kind, (left.get(kind) ?? 0) + 1);
      if (entries.length + sum(left) > limits.maxFiles) throw tooMany(limits);
      return;
    }
    bytes += Number(size);
    if (bytes > limits.maxBytes) throw tooLarge(limits);
    entries.push({ id, path: parseEntryPath(name, limits), size: Number(size) });
    if (entries.length > limits.maxFiles) throw tooMany(limits);
  };
  const tree = path === undefined ? commit : `${commit}:${path}`;
  const { code, said } = await place.run({
    args: ({ repository }) => ["-C", repository, "ls-tree", "-r", "-z", "-l", "--full-tree", tree],
    onOutput: (chunk) => {
      rest = Buffer.concat([rest, chunk]);
      for (let end = rest.indexOf(0); end !== -1; end = rest.indexOf(0)) {
        add(rest.subarray(0, end).toString("utf8"));
        rest = rest.subarray(end + 1);
      }
      if (rest.length > limits.maxPathLength * 4 + 128) throw tooMany(limits);
    },
    timeoutMs: limits.timeoutMs,
    signal: asked.signal,
  });
  if (code !== 0) throw noFolder(path, said);
  for (const [kind, count] of left) asked.log(`${count} ${kind}${count === 1 ? "" : "s"} left out`);
  return entries;
}

/** git writes `<id> blob <size>`, a line break, the bytes, a line break, in the order in which they were asked for. */
async function readBlobs(place: GitPlace, entries: readonly Entry[], asked: ReadTree): Promise<SourceTree> {
  const tree = new SourceTreeBuilder();
  let index = 0;
  let header: Buffer[] = [];
  let content: { readonly bytes: Buffer; filled: number } | undefined;
  let pointers = 0;
  const finish = (bytes: Buffer): void => {
    const entry = entries[index];
    if (entry === undefined) throw broken();
    if (bytes.subarray(0, LFS_POINTER.length).toString("latin1") === LFS_POINTER && ++pointers <= MAX_NOTES) {
      asked.log(`${entry.path} is a pointer of Git LFS, whose content is not fetched`);
    }
    tree.addFile(entry.path, bytes);
    index += 1;
  };
  const take = (chunk: Buffer): void => {
    let at = 0;
    while (at < chunk.length) {
      if (content === undefined) {
        const end = chunk.indexOf(0x0a, at);
        header.push(chunk.subarray(at, end === -1 ? undefined : end));
        if (end === -1) return;
        at = end + 1;
        const entry = entries[index];
        const line = Buffer.concat(header).toString("latin1");
        header = [];
        if (entry === undefined || line !== `${entry.id} blob ${entry.size}`) throw broken();
        // One more for the line break.
        content = { bytes: Buffer.alloc(entry.size + 1), filled: 0 };
      }
      const piece = chunk.subarray(at, at + content.bytes.length - content.filled);
      piece.copy(content.bytes, content.filled);
      content.filled += piece.length;
      at += piece.length;
      if (content.filled < content.bytes.length) return;
      finish(content.bytes.subarray(0, -1));
      content = undefined;
    }
  };
  const { code } = await place.run({
    args: ({ repository }) => ["-C", repository, "cat-file", "--batch", "--buffer"],
    input: [Buffer.from(entries.map(({ id }) => `${id}\n`).join(""))],
    onOutput: take,
    timeoutMs: asked.limits.timeoutMs,
    signal: asked.signal,
  });
  if (code !== 0 || index !== entries.length) throw broken();
  return tree.build();
}

function sum(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((total, count) => total + count, 0);
}

function tooMany({ maxFiles }: UnpackLimits): PlatformError {
  return new PlatformError("SOURCE_FAILED", `The source holds more than ${maxFiles} files.`, {
    hint: "Name the folder of the agent as `path`.",
  });
}

function tooLarge({ maxBytes }: UnpackLimits): PlatformError {
  return new PlatformError("SOURCE_FAILED", `The source holds more than ${Math.floor(maxBytes / 1_048_576)} MiB.`, {
    hint: "Name the folder of the agent as `path`.",
  });
}

function noFolder(path: string | undefined, said: string): PlatformError {
  if (path !== undefined && /not a valid object name|not a tree object|does not exist/i.test(said)) {
    return new PlatformError("SOURCE_FAILED", `The repository has no folder ${JSON.stringify(path)} there.`);
  }
  return broken();
}

function broken(): PlatformError {
  return new PlatformError("SOURCE_FAILED", "The repository's objects cannot be read.");
}
