import { PlatformError } from "@berth/protocol";
import { randomBytes } from "node:crypto";
import { mkdir, open, readFile, readdir, rename, rm, unlink } from "node:fs/promises";
import path from "node:path";
import type { BlobStore } from "../blob-store.ts";
import { digestOf, hexOf } from "../digest.ts";
import { flushFolder, unlessMissing } from "./flush-folder.ts";

/** In the name of every unfinished file: what carries another one was left by a process that is gone. */
const RUN = randomBytes(8).toString("hex");
const UNFINISHED = "unfinished";

/**
 * Blobs as files `<2 hex>/<62 hex>`. A file appears under its name only when it is complete and on disk: written
 * aside, flushed, renamed, and the folder flushed, because a name is durable only when its folder is. One process per
 * folder at a time.
 */
export class FileBlobStore implements BlobStore {
  readonly #folder: string;
  #opened: Promise<void> | undefined;
  #unfinished = 0;

  constructor(folder: string) {
    this.#folder = path.resolve(folder);
  }

  async put(bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes);
    const file = this.#fileOf(digest);
    if (file === undefined) throw new Error("digestOf makes digests that hexOf reads");
    await guard(async () => {
      await this.#open();
      // Also when it is there already: it may be damaged, or not yet flushed by the put that is writing it.
      if ((await readIfThere(file).then((found) => found && digestOf(found))) !== digest)
        await this.#write(file, bytes);
      await flushFolder(path.dirname(file));
    });
    return digest;
  }

  async get(digest: string): Promise<Uint8Array | undefined> {
    const file = this.#fileOf(digest);
    if (file === undefined) return undefined;
    const bytes = await guard(async () => await readIfThere(file));
    if (bytes === undefined || digestOf(bytes) === digest) return bytes;
    throw new PlatformError("STORE_UNAVAILABLE", `The bytes of ${digest} are damaged.`, {
      retryable: false,
      internal: file,
      hint: "Restore the file from a backup, or upload the same content again.",
    });
  }

  async has(digest: string): Promise<boolean> {
    const file = this.#fileOf(digest);
    if (file === undefined) return false;
    const handle = await guard(async () => await unlessMissing(open(file)));
    await handle?.close();
    return handle !== undefined;
  }

  async delete(digest: string): Promise<boolean> {
    const file = this.#fileOf(digest);
    if (file === undefined) return false;
    return await guard(async () => {
      const removed = await unlessMissing(unlink(file).then(() => true));
      if (removed === true) await flushFolder(path.dirname(file));
      return removed === true;
    });
  }

  #fileOf(digest: string): string | undefined {
    const hex = hexOf(digest);
    return hex === undefined ? undefined : path.join(this.#folder, hex.slice(0, 2), hex.slice(2));
  }

  async #write(file: string, bytes: Uint8Array): Promise<void> {
    const draft = path.join(this.#folder, UNFINISHED, `${RUN}-${this.#unfinished++}`);
    try {
      const handle = await open(draft, "wx", 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(draft, file);
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  /** Once, before the first write. A failure is not remembered: the disk may have room again. */
  async #open(): Promise<void> {
    this.#opened ??= this.#prepare();
    await this.#opened.catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
  }

  async #prepare(): Promise<void> {
    const unfinished = path.join(this.#folder, UNFINISHED);
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    for (const name of await readdir(unfinished)) {
      if (!name.startsWith(RUN)) await rm(path.join(unfinished, name), { force: true });
    }
    // All of them now: one flush makes their names durable, and no put has to think of it.
    for (let shard = 0; shard < 256; shard++) {
      await mkdir(path.join(this.#folder, shard.toString(16).padStart(2, "0")), { recursive: true, mode: 0o700 });
    }
    await flushFolder(this.#folder);
    await flushFolder(path.dirname(this.#folder));
  }
}

async function readIfThere(file: string): Promise<Uint8Array | undefined> {
  return await unlessMissing(readFile(file));
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw new PlatformError("STORE_UNAVAILABLE", "The folder of blobs cannot be used.", {
      cause: error,
      hint: "Is the disk full, or the folder owned by somebody else?",
    });
  }
}
