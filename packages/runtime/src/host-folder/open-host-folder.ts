import { randomBytes } from "node:crypto";
import {
  closeSync,
  constants,
  fsyncSync,
  openSync,
  readSync,
  readdirSync,
  renameSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import type { BigIntStats, Dirent } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { PlatformError, isPlatformError, parseWorkspacePath, pathObjection } from "@berth/protocol";
import { FolderHandle, NotPlainError, codeOf } from "./fd-walk.ts";
import type { HostFile, HostFolder } from "./host-folder.ts";

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_WRONLY } = constants;
/** Of files that are being written: never listed. */
const DRAFT = ".berth-draft-";
/** What is looked at for one list at most. */
const MAX_ENTRIES = 200_000;

/** @throws CONFIG_INVALID when there is no such folder, or this is not Linux. */
export function openHostFolder(path: string): HostFolder {
  if (process.platform !== "linux") {
    throw new PlatformError("CONFIG_INVALID", "A folder can be the workspace on Linux only.", {
      hint: "Leave BERTH_WORKSPACE_DIR out: the platform keeps the files itself.",
    });
  }
  try {
    return new LinuxHostFolder(FolderHandle.open(path));
  } catch (cause) {
    throw new PlatformError("CONFIG_INVALID", `${path} is no folder that can be used.`, { cause });
  }
}

class LinuxHostFolder implements HostFolder {
  readonly #root: FolderHandle;

  constructor(root: FolderHandle) {
    this.#root = root;
  }

  find(path: string): HostFile | undefined {
    return this.#inParent(path, (parent, name) => parent.file(name, (_address, stats) => toHostFile(path, stats)));
  }

  read(path: string, maxBytes: number): { readonly file: HostFile; readonly content: Uint8Array } | undefined {
    return this.#inParent(path, (parent, name) =>
      parent.file(name, (address, stats) => {
        const fd = openSync(address, O_RDONLY | O_NONBLOCK);
        try {
          const content = readAll(fd, maxBytes);
          return { file: { ...toHostFile(path, stats), bytes: content.byteLength }, content };
        } finally {
          closeSync(fd);
        }
      }),
    );
  }

  write(path: string, content: Uint8Array): HostFile {
    const written = this.#inParent(path, (parent, name) => replace(parent, name, { path, content }), "create");
    if (written === undefined) throw refused(path);
    return written;
  }

  remove(path: string): boolean {
    const removed = this.#inParent(path, (parent, name) =>
      parent.file(name, () => {
        // Whatever stands there by now: unlink takes the name away and follows nothing.
        unlinkSync(parent.entry(name));
        return true;
      }),
    );
    return removed === true;
  }

  async *list(prefix: string): AsyncGenerator<HostFile> {
    const above = prefix.slice(0, prefix.lastIndexOf("/") + 1);
    if (above !== "" && pathObjection(above.slice(0, -1)) !== undefined) return;
    const budget = { entries: MAX_ENTRIES };
    const segments = above === "" ? [] : above.slice(0, -1).split("/");
    for await (const file of this.#below(segments, budget)) if (file.path.startsWith(prefix)) yield file;
  }

  close(): void {
    this.#root[Symbol.dispose]();
  }

  /** No descriptor is held while the reader of the list does something else. */
  async *#below(segments: readonly string[], budget: { entries: number }): AsyncGenerator<HostFile> {
    const entries = this.#entriesOf(segments);
    budget.entries -= entries.length;
    if (budget.entries < 0) {
      throw new PlatformError("QUOTA_EXCEEDED", `The folder has more than ${MAX_ENTRIES} entries.`);
    }
    await setImmediate();
    for (const { path, isFolder } of entries) {
      if (isFolder) yield* this.#below(path.split("/"), budget);
      else {
        const file = unlessRefused(() => this.find(path));
        if (file !== undefined) yield file;
      }
    }
  }

  #entriesOf(segments: readonly string[]): readonly { readonly path: string; readonly isFolder: boolean }[] {
    const found = unlessRefused(() =>
      this.#walk(segments, "keep", (folder) => readdirSync(folder.address, { withFileTypes: true })),
    );
    return (found ?? [])
      .flatMap((entry) => toEntry(segments, entry))
      .toSorted((a, b) => Buffer.compare(Buffer.from(orderOf(a)), Buffer.from(orderOf(b))));
  }

  /** Undefined when there is no such folder. @throws PATH_INVALID */
  #inParent<T>(
    path: string,
    use: (parent: FolderHandle, name: string) => T | undefined,
    missing: "keep" | "create" = "keep",
  ): T | undefined {
    const segments = parseWorkspacePath(path).split("/");
    const name = segments.at(-1) ?? "";
    try {
      return this.#walk(segments.slice(0, -1), missing, (parent) => use(parent, name));
    } catch (error) {
      if (error instanceof NotPlainError) throw refused(path, error);
      if (isPlatformError(error)) throw error;
      throw new PlatformError("STORE_UNAVAILABLE", `The workspace folder does not allow it: ${codeOf(error)}.`, {
        cause: error,
        hint: "Is it read-only, full, or being changed by another program?",
      });
    }
  }

  #walk<T>(
    segments: readonly string[],
    missing: "keep" | "create",
    use: (folder: FolderHandle) => T | undefined,
  ): T | undefined {
    using opened = new DisposableStack();
    let folder = this.#root;
    for (const segment of segments) {
      const next = missing === "create" ? folder.folderOrNew(segment) : folder.folder(segment);
      if (next === undefined) return undefined;
      folder = opened.use(next);
    }
    return use(folder);
  }
}

/** Written aside and renamed: whoever reads meanwhile has the old file or the new one. */
function replace(
  parent: FolderHandle,
  name: string,
  { path, content }: { readonly path: string; readonly content: Uint8Array },
): HostFile | undefined {
  const mode = parent.file(name, (_, stats) => {
    // The other name may be outside of the folder.
    if (stats.nlink !== 1n) throw new NotPlainError(`${name} has other names`);
    return Number(stats.mode & 0o777n);
  });
  const draft = `${DRAFT}${randomBytes(8).toString("hex")}`;
  const fd = openSync(parent.entry(draft), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, mode ?? 0o644);
  try {
    try {
      writeAll(fd, content);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(parent.entry(draft), parent.entry(name));
  } catch (error) {
    removeQuietly(parent.entry(draft));
    if (codeOf(error) === "EISDIR" || codeOf(error) === "ENOTEMPTY") throw new NotPlainError(`${name} is a folder`);
    throw error;
  }
  return parent.file(name, (_, stats) => toHostFile(path, stats));
}

function writeAll(fd: number, content: Uint8Array): void {
  for (let done = 0; done < content.byteLength;) done += writeSync(fd, content, done);
}

/** A file may grow while it is read: what counts is what was read. */
function readAll(fd: number, maxBytes: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const chunk = Buffer.allocUnsafe(Math.min(1024 * 1024, maxBytes - size + 1));
    const read = readSync(fd, chunk);
    if (read === 0) return Buffer.concat(chunks);
    size += read;
    if (size > maxBytes) throw new PlatformError("FILE_TOO_LARGE", `The file has more than ${maxBytes} bytes.`);
    chunks.push(chunk.subarray(0, read));
  }
}

function removeQuietly(address: string): void {
  try {
    unlinkSync(address);
  } catch {
    // It was renamed already, or the folder is gone with it.
  }
}

function toEntry(
  above: readonly string[],
  entry: Dirent,
): readonly { readonly path: string; readonly isFolder: boolean }[] {
  if (entry.name.startsWith(DRAFT) || !(entry.isFile() || entry.isDirectory())) return [];
  const path = [...above, entry.name].join("/");
  // Also names that are no UTF-8: what Node makes of them is another name.
  return pathObjection(path) === undefined ? [{ path, isFolder: entry.isDirectory() }] : [];
}

/** `a/b` stands behind `a.txt`, as in a list of whole paths. */
function orderOf({ path, isFolder }: { readonly path: string; readonly isFolder: boolean }): string {
  return isFolder ? `${path}/` : path;
}

function toHostFile(path: string, { size, mtimeNs }: BigIntStats): HostFile {
  return { path, bytes: Number(size), version: Number(mtimeNs / 1_000n) };
}

/** What another program puts in the way while we look is left out. */
function unlessRefused<T>(look: () => T | undefined): T | undefined {
  try {
    return look();
  } catch (error) {
    if (error instanceof NotPlainError || isPlatformError(error)) return undefined;
    if (codeOf(error) === "EACCES" || codeOf(error) === "ENOENT") return undefined;
    throw error;
  }
}

function refused(path: string, cause?: unknown): PlatformError {
  return new PlatformError("PATH_INVALID", `${JSON.stringify(path)} leads over a link or is no plain file.`, { cause });
}
