import { PlatformError, isPlatformError } from "@berth/protocol";
import { randomBytes } from "node:crypto";
import { mkdir, open, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import path from "node:path";
import { hexOf } from "../digest.ts";
import { layerMismatch } from "../layer-errors.ts";
import type { ByteRange, LayerContent, LayerStore, LayerWrite } from "../layer-store.ts";
import { FileUploads } from "./file-uploads.ts";
import { flushFolder, unlessMissing } from "./flush-folder.ts";
import { VerifiedFiles, readFileBytes } from "./read-file-bytes.ts";
import { drain } from "./write-stream.ts";

/** As for blobs: what carries another name was left by a process that is gone. */
const RUN = randomBytes(8).toString("hex");
const UNFINISHED = "unfinished";
const UPLOADS = "uploads";
const BLOBS = "blobs";

/**
 * Layers as files `blobs/<2 hex>/<62 hex>`; a file appears under its name only when it is complete, checked and on disk.
 * Uploads in pieces are files in `uploads/` until they are finished. One process per folder at a time.
 */
export class FileLayerStore implements LayerStore {
  readonly #folder: string;
  readonly #uploads: FileUploads;
  readonly #verified = new VerifiedFiles();
  #opened: Promise<void> | undefined;
  #unfinished = 0;
  /** Renames and removals of layers take turns, so that what was just written again is not removed. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string) {
    this.#folder = path.resolve(folder);
    this.#uploads = new FileUploads(path.join(this.#folder, UPLOADS));
  }

  async open(digest: string, range?: ByteRange): Promise<LayerContent | undefined> {
    const file = this.#fileOf(digest);
    if (file === undefined) return undefined;
    return await guard(async () => await readFileBytes({ file, digest, range, verified: this.#verified }));
  }

  async size(digest: string): Promise<number | undefined> {
    const file = this.#fileOf(digest);
    if (file === undefined) return undefined;
    return (await guard(async () => await unlessMissing(stat(file))))?.size;
  }

  async write(
    bytes: AsyncIterable<Uint8Array>,
    { digest, maxBytes, signal }: LayerWrite,
  ): Promise<{ readonly digest: string; readonly size: number }> {
    await guard(async () => await this.#open());
    const draft = path.join(this.#folder, UNFINISHED, `${RUN}-${this.#unfinished++}`);
    try {
      const handle = await guard(async () => await open(draft, "wx", 0o600));
      let written: Awaited<ReturnType<typeof drain>>;
      try {
        written = await drain(bytes, { handle, from: 0, maxBytes, signal });
        if (written.broken !== undefined) throw written.broken;
        await guard(async () => await handle.sync());
      } finally {
        await handle.close();
      }
      const found = `sha256:${written.hash.digest("hex")}`;
      if (digest !== undefined && digest !== found) throw layerMismatch(digest, found);
      await this.#settle(draft, found);
      return { digest: found, size: written.size };
    } catch (error) {
      await rm(draft, { force: true });
      throw error;
    }
  }

  async delete(digest: string, writtenBefore?: Date): Promise<boolean> {
    const file = this.#fileOf(digest);
    if (file === undefined) return false;
    return await this.#inTurn(async () => {
      const found = await unlessMissing(stat(file));
      if (found === undefined || (writtenBefore !== undefined && found.mtime >= writtenBefore)) return false;
      const removed = await unlessMissing(unlink(file).then(() => true));
      if (removed === true) await flushFolder(path.dirname(file));
      return removed === true;
    });
  }

  async beginUpload(): Promise<string> {
    return await guard(async () => {
      await this.#open();
      return await this.#uploads.begin();
    });
  }

  async uploadSize(uploadId: string): Promise<number | undefined> {
    return await guard(async () => await this.#uploads.size(uploadId));
  }

  async append(
    uploadId: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<number> {
    return await guard(async () => await this.#uploads.append(uploadId, offset, bytes, options));
  }

  async finishUpload(uploadId: string, digest: string): Promise<{ readonly size: number }> {
    return await guard(async () => {
      await this.#open();
      return await this.#uploads.finish(uploadId, digest, async (file) => await this.#settle(file, digest));
    });
  }

  async abortUpload(uploadId: string): Promise<boolean> {
    return await guard(async () => await this.#uploads.abort(uploadId));
  }

  async dropUploads(before: Date): Promise<number> {
    return await guard(async () => await this.#uploads.drop(before));
  }

  #fileOf(digest: string): string | undefined {
    const hex = hexOf(digest);
    return hex === undefined ? undefined : path.join(this.#folder, BLOBS, hex.slice(0, 2), hex.slice(2));
  }

  /** Also when it is there already: what is there may be damaged, and is now as new as what was written. */
  async #settle(draft: string, digest: string): Promise<void> {
    const file = this.#fileOf(digest);
    if (file === undefined) throw layerMismatch(digest.slice(0, 80), "sha256 of 64 hex digits");
    await this.#inTurn(async () => {
      await rename(draft, file);
      await flushFolder(path.dirname(file));
    });
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(async () => await guard(work));
    this.#turn = mine.catch(() => undefined);
    return await mine;
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
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await mkdir(unfinished, { recursive: true, mode: 0o700 });
    await mkdir(path.join(this.#folder, UPLOADS), { recursive: true, mode: 0o700 });
    for (const name of await readdir(unfinished)) {
      if (!name.startsWith(RUN)) await rm(path.join(unfinished, name), { force: true });
    }
    const blobs = path.join(this.#folder, BLOBS);
    await mkdir(blobs, { recursive: true, mode: 0o700 });
    // All of them now: one flush makes their names durable, and no write has to think of it.
    for (let shard = 0; shard < 256; shard++) {
      await mkdir(path.join(blobs, shard.toString(16).padStart(2, "0")), { recursive: true, mode: 0o700 });
    }
    await flushFolder(blobs);
    await flushFolder(this.#folder);
    await flushFolder(path.dirname(this.#folder));
  }
}

async function guard<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isPlatformError(error)) throw error;
    throw new PlatformError("STORE_UNAVAILABLE", "The folder of images cannot be used.", {
      cause: error,
      hint: "Is the disk full, or the folder owned by somebody else?",
    });
  }
}
