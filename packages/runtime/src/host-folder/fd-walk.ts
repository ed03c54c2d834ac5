import { closeSync, constants, fstatSync, mkdirSync, openSync } from "node:fs";
import type { BigIntStats } from "node:fs";

/** Names a file without opening it; Node has no constant for it (Linux: open(2)). */
const O_PATH = 0o10_000_000;
const { O_DIRECTORY, O_NOFOLLOW } = constants;

/** A link, a socket, or something else that is neither a folder nor a plain file stands in the way. */
export class NotPlainError extends Error {
  override readonly name: string = "NotPlainError";
}

/**
 * An open folder and names in it, as `openat` would have them: the kernel resolves `/proc/self/fd/<fd>` to the very
 * folder that is open, wherever it was moved since, and a single segment behind it cannot lead anywhere else unless it is
 * a link, which is refused. So there is no moment between a check and its use. Must be closed. Synchronous on purpose:
 * while it runs no other code of this process can close or reuse a descriptor.
 */
export class FolderHandle implements Disposable {
  readonly #fd: number;

  private constructor(fd: number) {
    this.#fd = fd;
  }

  /** The one place where a path is followed: whoever configured it may have meant a link. */
  static open(path: string): FolderHandle {
    return new FolderHandle(openSync(path, O_PATH | O_DIRECTORY));
  }

  /** Its own address, for reading its entries. */
  get address(): string {
    return `/proc/self/fd/${this.#fd}`;
  }

  /** The address of an entry. The last segment is not resolved yet: whoever opens it must not follow links. */
  entry(segment: string): string {
    if (segment === "" || segment === "." || segment === ".." || segment.includes("/")) {
      throw new NotPlainError(`${JSON.stringify(segment)} is no name of an entry`);
    }
    return `${this.address}/${segment}`;
  }

  /** Undefined when there is nothing. @throws NotPlainError */
  folder(segment: string): FolderHandle | undefined {
    const fd = openUnlessMissing(this.entry(segment), O_PATH | O_DIRECTORY | O_NOFOLLOW);
    return fd === undefined ? undefined : new FolderHandle(fd);
  }

  /** @throws NotPlainError */
  folderOrNew(segment: string): FolderHandle {
    try {
      mkdirSync(this.entry(segment), 0o755);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
    }
    const folder = this.folder(segment);
    if (folder === undefined) throw new NotPlainError(`${segment} vanished while it was made`);
    return folder;
  }

  /**
   * Runs `use` with an entry that is a plain file, under an address that stays this very file. Nothing was opened for
   * reading yet, so that a device or a pipe has noticed nothing. Undefined when there is no such entry.
   * @throws NotPlainError
   */
  file<T>(segment: string, use: (address: string, stats: BigIntStats) => T): T | undefined {
    const fd = openUnlessMissing(this.entry(segment), O_PATH | O_NOFOLLOW);
    if (fd === undefined) return undefined;
    try {
      const stats = fstatSync(fd, { bigint: true });
      if (!stats.isFile()) throw new NotPlainError(`${segment} is no plain file`);
      return use(`/proc/self/fd/${fd}`, stats);
    } finally {
      closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}

function openUnlessMissing(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags);
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT") return undefined;
    if (code === "ENOTDIR" || code === "ELOOP") throw new NotPlainError(`${path} is a link or no folder`);
    throw error;
  }
}
