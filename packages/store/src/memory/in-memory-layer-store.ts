import { randomBytes } from "node:crypto";
import { isPlatformError } from "@berth/protocol";
import { digestOf } from "../digest.ts";
import {
  layerMismatch,
  layerTooLarge,
  uploadBusy,
  uploadElsewhere,
  uploadUnknown,
  writeCanceled,
} from "../layer-errors.ts";
import type { ByteRange, LayerContent, LayerStore, LayerWrite } from "../layer-store.ts";

interface Kept {
  readonly bytes: Buffer;
  readonly writtenAt: Date;
}

/** For tests: everything is in memory, as its name says. */
export class InMemoryLayerStore implements LayerStore {
  readonly #layers = new Map<string, Kept>();
  readonly #uploads = new Map<string, Kept>();
  readonly #busy = new Set<string>();
  readonly #now: () => Date;

  constructor(now: () => Date = () => new Date()) {
    this.#now = now;
  }

  async open(digest: string, range?: ByteRange): Promise<LayerContent | undefined> {
    const kept = this.#layers.get(digest);
    if (kept === undefined) return undefined;
    const bytes = new Uint8Array(range === undefined ? kept.bytes : kept.bytes.subarray(range.from, range.to));
    return { size: kept.bytes.length, bytes: once(bytes) };
  }

  async size(digest: string): Promise<number | undefined> {
    return this.#layers.get(digest)?.bytes.length;
  }

  async write(
    bytes: AsyncIterable<Uint8Array>,
    { digest, maxBytes, signal }: LayerWrite,
  ): Promise<{ readonly digest: string; readonly size: number }> {
    const chunks: Uint8Array[] = [];
    const broken = await collect(bytes, { chunks, room: maxBytes, maxBytes, signal });
    if (broken !== undefined) throw broken;
    const all = Buffer.concat(chunks);
    const found = digestOf(all);
    if (digest !== undefined && digest !== found) throw layerMismatch(digest, found);
    this.#layers.set(found, { bytes: all, writtenAt: this.#now() });
    return { digest: found, size: all.length };
  }

  async delete(digest: string, writtenBefore?: Date): Promise<boolean> {
    const kept = this.#layers.get(digest);
    if (kept === undefined || (writtenBefore !== undefined && kept.writtenAt >= writtenBefore)) return false;
    return this.#layers.delete(digest);
  }

  async beginUpload(): Promise<string> {
    const id = randomBytes(16).toString("hex");
    this.#uploads.set(id, { bytes: Buffer.alloc(0), writtenAt: this.#now() });
    return id;
  }

  async uploadSize(uploadId: string): Promise<number | undefined> {
    return this.#uploads.get(uploadId)?.bytes.length;
  }

  async append(
    uploadId: string,
    offset: number,
    bytes: AsyncIterable<Uint8Array>,
    { maxBytes, signal }: { readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<number> {
    const before = this.#uploads.get(uploadId)?.bytes;
    if (before === undefined) throw uploadUnknown();
    if (this.#busy.has(uploadId)) throw uploadBusy(before.length);
    if (offset !== before.length) throw uploadElsewhere(offset, before.length);
    this.#busy.add(uploadId);
    const chunks: Uint8Array[] = [before];
    try {
      const broken = await collect(bytes, { chunks, room: maxBytes - before.length, maxBytes, signal });
      if (isPlatformError(broken) && broken.reason === "REQUEST_TOO_LARGE") throw broken;
      const all = Buffer.concat(chunks);
      this.#uploads.set(uploadId, { bytes: all, writtenAt: this.#now() });
      if (broken !== undefined) throw broken;
      return all.length;
    } finally {
      this.#busy.delete(uploadId);
    }
  }

  async finishUpload(uploadId: string, digest: string): Promise<{ readonly size: number }> {
    const upload = this.#uploads.get(uploadId);
    if (upload === undefined) throw uploadUnknown();
    if (this.#busy.has(uploadId)) throw uploadBusy(upload.bytes.length);
    const found = digestOf(upload.bytes);
    if (found !== digest) throw layerMismatch(digest, found);
    this.#layers.set(digest, { bytes: upload.bytes, writtenAt: this.#now() });
    this.#uploads.delete(uploadId);
    return { size: upload.bytes.length };
  }

  async abortUpload(uploadId: string): Promise<boolean> {
    return this.#uploads.delete(uploadId);
  }

  async dropUploads(before: Date): Promise<number> {
    const old = [...this.#uploads].filter(([id, { writtenAt }]) => writtenAt < before && !this.#busy.has(id));
    for (const [id] of old) this.#uploads.delete(id);
    return old.length;
  }
}

/** Why it ended early; the pieces until then are in `chunks`. */
async function collect(
  bytes: AsyncIterable<Uint8Array>,
  {
    chunks,
    room,
    maxBytes,
    signal,
  }: {
    readonly chunks: Uint8Array[];
    readonly room: number;
    readonly maxBytes: number;
    readonly signal: AbortSignal | undefined;
  },
): Promise<unknown> {
  let left = room;
  try {
    for await (const chunk of bytes) {
      if (signal?.aborted === true) throw writeCanceled();
      left -= chunk.length;
      if (left < 0) throw layerTooLarge(maxBytes);
      chunks.push(new Uint8Array(chunk));
    }
    return undefined;
  } catch (error) {
    return isPlatformError(error) ? error : writeCanceled(error);
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes;
}
