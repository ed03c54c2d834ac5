import { createHash, randomBytes } from "node:crypto";
import type { Hash } from "node:crypto";
import { open, readdir, rm, stat, utimes } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import path from "node:path";
import { isPlatformError } from "@berth/protocol";
import { layerMismatch, uploadBusy, uploadElsewhere, uploadUnknown } from "../layer-errors.ts";
import { flushFolder, unlessMissing } from "./flush-folder.ts";
import { drain } from "./write-stream.ts";

/** Hashes of unfinished uploads that are kept in memory; of others the file is read again. */
const MOST_HASHES = 1_000;
const PIECE_BYTES = 1024 * 1024;

/** Uploads in pieces, each a file that grows. */
export class FileUploads {
  readonly #folder: string;
  readonly #hashes = new Map<string, { readonly size: number; readonly hash: Hash }>();
  /** A piece is arriving, or the end is being checked. */
  readonly #busy = new Set<string>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async begin(): Promise<string> {
    const id = randomBytes(16).toString("hex");
    const handle = await open(path.join(this.#folder, id), "wx", 0o600);
    await handle.close();
    await flushFolder(this.#folder);
    return id;
  }

  async size(id: string): Promise<number | undefined> {
    const file = this.#fileOf(id);
    return file === undefined ? undefined : (await unlessMissing(stat(file)))?.size;
  }

  async append(
    id: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    { maxBytes, signal }: { readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<number> {
    return await this.#alone(id, async (handle, size) => {
      if (offset !== size) throw uploadElsewhere(offset, size);
      const hash = await this.#hashOf(id, handle, size);
      this.#hashes.delete(id);
      const written = await drain(bytes, { handle, from: size, maxBytes, signal, hash });
      if (isPlatformError(written.broken) && written.broken.reason === "REQUEST_TOO_LARGE") {
        await handle.truncate(size);
        throw written.broken;
      }
      await handle.sync();
      this.#remember(id, written.size, written.hash);
      if (written.broken !== undefined) throw written.broken;
      return written.size;
    });
  }

  async finish(
    id: string,
    digest: string,
    settle: (file: string) => Promise<void>,
  ): Promise<{ readonly size: number }> {
    return await this.#alone(id, async (handle, size, file) => {
      const hash = await this.#hashOf(id, handle, size);
      const found = `sha256:${hash.copy().digest("hex")}`;
      if (found !== digest) {
        this.#remember(id, size, hash);
        throw layerMismatch(digest, found);
      }
      // It is a layer from now on, however long the upload took: what collects looks at this.
      const now = new Date();
      await utimes(file, now, now);
      await handle.sync();
      await settle(file);
      this.#hashes.delete(id);
      return { size };
    });
  }

  async abort(id: string): Promise<boolean> {
    const file = this.#fileOf(id);
    if (file === undefined || (await unlessMissing(stat(file))) === undefined) return false;
    this.#hashes.delete(id);
    await rm(file, { force: true });
    return true;
  }

  async drop(before: Date): Promise<number> {
    let dropped = 0;
    for (const id of (await unlessMissing(readdir(this.#folder))) ?? []) {
      const file = this.#fileOf(id);
      if (file === undefined || this.#busy.has(id)) continue;
      const found = await unlessMissing(stat(file));
      if (found !== undefined && found.mtime < before && (await this.abort(id))) dropped += 1;
    }
    return dropped;
  }

  /** Ids come from requests and become file names. */
  #fileOf(id: string): string | undefined {
    return /^[0-9a-f]{32}$/.test(id) ? path.join(this.#folder, id) : undefined;
  }

  async #alone<T>(id: string, work: (handle: FileHandle, size: number, file: string) => Promise<T>): Promise<T> {
    const file = this.#fileOf(id);
    if (file === undefined) throw uploadUnknown();
    if (this.#busy.has(id)) throw uploadBusy((await this.size(id)) ?? 0);
    this.#busy.add(id);
    try {
      const handle = await unlessMissing(open(file, "r+"));
      if (handle === undefined) throw uploadUnknown();
      try {
        return await work(handle, (await handle.stat()).size, file);
      } finally {
        await handle.close();
      }
    } finally {
      this.#busy.delete(id);
    }
  }

  async #hashOf(id: string, handle: FileHandle, size: number): Promise<Hash> {
    const known = this.#hashes.get(id);
    if (known?.size === size) return known.hash;
    const hash = createHash("sha256");
    const buffer = Buffer.allocUnsafe(Math.max(1, Math.min(PIECE_BYTES, size)));
    for (let at = 0; at < size;) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) break;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    return hash;
  }

  #remember(id: string, size: number, hash: Hash): void {
    if (this.#hashes.size >= MOST_HASHES) this.#hashes.clear();
    this.#hashes.set(id, { size, hash });
  }
}
