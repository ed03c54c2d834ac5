import type { BlobStore } from "../blob-store.ts";
import { digestOf } from "../digest.ts";

export class InMemoryBlobStore implements BlobStore {
  readonly #blobs = new Map<string, Uint8Array>();

  async put(bytes: Uint8Array): Promise<string> {
    const digest = digestOf(bytes);
    // Not `slice`, which for a Buffer shares the memory.
    this.#blobs.set(digest, new Uint8Array(bytes));
    return digest;
  }

  async get(digest: string): Promise<Uint8Array | undefined> {
    const bytes = this.#blobs.get(digest);
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  }

  async has(digest: string): Promise<boolean> {
    return this.#blobs.has(digest);
  }

  async delete(digest: string): Promise<boolean> {
    return this.#blobs.delete(digest);
  }
}
