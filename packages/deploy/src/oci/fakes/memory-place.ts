import { PlatformError } from "@berth/protocol";
import type { BlobContent, ImagePlace, ManifestBytes } from "../blobs.ts";
import { digestOf, isDigest } from "../digest.ts";
import { readAll } from "../read-all.ts";

/** Keeps images as a registry would, for tests. */
export class MemoryPlace implements ImagePlace {
  readonly blobs: Map<string, Uint8Array> = new Map();
  readonly manifests: Map<string, ManifestBytes> = new Map();
  readonly tags: Map<string, string> = new Map();
  /** Blobs that were sent here, again ones included. */
  writes = 0;

  async manifest(reference: string): Promise<ManifestBytes | undefined> {
    return this.manifests.get(isDigest(reference) ? reference : (this.tags.get(reference) ?? ""));
  }

  async putManifest(manifest: ManifestBytes, tag?: string): Promise<string> {
    const digest = digestOf(manifest.bytes);
    this.manifests.set(digest, manifest);
    if (tag !== undefined) this.tags.set(tag, digest);
    return digest;
  }

  async size(digest: string): Promise<number | undefined> {
    return this.blobs.get(digest)?.length;
  }

  async open(digest: string): Promise<BlobContent | undefined> {
    const bytes = this.blobs.get(digest);
    return bytes === undefined ? undefined : { size: bytes.length, bytes: pieces(bytes) };
  }

  async write(
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly digest?: string; readonly maxBytes: number },
  ): Promise<{ readonly digest: string; readonly size: number }> {
    this.writes += 1;
    const all = await readAll(bytes, options.maxBytes, "The blob");
    const digest = digestOf(all);
    if (options.digest !== undefined && options.digest !== digest) {
      throw new PlatformError("CONTENT_MISMATCH", `The bytes of ${options.digest} are not what its digest says.`);
    }
    this.blobs.set(digest, all);
    return { digest, size: all.length };
  }

  /** As a test has it in hand. */
  async put(bytes: Uint8Array): Promise<{ readonly digest: string; readonly size: number }> {
    return await this.write(pieces(bytes), { maxBytes: bytes.length });
  }
}

/** As a stream brings them: in pieces that fit nothing. */
export async function* pieces(bytes: Uint8Array, size = 1_000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}
