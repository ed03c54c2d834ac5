import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import type { ManifestBytes } from "@berth/deploy";
import { PlatformError } from "@berth/protocol";
import type { ByteRange, LayerContent, LayerStore, Store, StoredManifest } from "@berth/store";
import { imageError } from "./image-errors.ts";
import type { ImageLimits } from "./image-limits.ts";
import { readManifest } from "./read-manifest.ts";
import type { ReadManifest } from "./read-manifest.ts";

export interface ImageShelfOptions {
  readonly store: Pick<Store, "images">;
  readonly layers: LayerStore;
  readonly limits: ImageLimits;
  readonly now: () => Date;
}

/** A repository of an organization. */
export interface RepositoryAddress {
  readonly orgId: string;
  readonly repository: string;
}

/** Manifests in the database and bytes in their store, kept as one. It looks at quotas and never at rights. */
export class ImageShelf {
  readonly #options: ImageShelfOptions;

  constructor(options: ImageShelfOptions) {
    this.#options = options;
  }

  async size({ orgId, repository }: RepositoryAddress, digest: string): Promise<number | undefined> {
    const { store, layers } = this.#options;
    return (await store.images.hasBlob(orgId, digest, repository)) ? await layers.size(digest) : undefined;
  }

  async open(
    { orgId, repository }: RepositoryAddress,
    digest: string,
    range?: ByteRange,
  ): Promise<LayerContent | undefined> {
    const { store, layers } = this.#options;
    return (await store.images.hasBlob(orgId, digest, repository)) ? await layers.open(digest, range) : undefined;
  }

  /** Never before the bytes were there and had this digest: a link is what gives an organization the right to read them. */
  async link({ orgId, repository }: RepositoryAddress, digest: string, bytes: number): Promise<void> {
    const { store, now } = this.#options;
    await store.images.linkBlob(orgId, repository, digest, { bytes, at: now().toISOString() });
  }

  async write(
    address: RepositoryAddress,
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly digest?: string; readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly digest: string; readonly size: number }> {
    const room = await this.roomFor(address.orgId);
    const bounded = { ...options, maxBytes: Math.min(options.maxBytes, room) };
    const { digest } = options;
    if (digest === undefined) return await this.#writeUnnamed(address, bytes, bounded);
    await this.reserve(digest);
    const written = await this.#options.layers.write(bytes, { ...bounded, digest });
    await this.link(address, digest, written.size);
    return written;
  }

  /** An upload that others of this platform have begun becomes a blob of the repository. @throws CONTENT_MISMATCH */
  async finish(address: RepositoryAddress, uploadId: string, digest: string): Promise<{ readonly size: number }> {
    await this.reserve(digest);
    const finished = await this.#options.layers.finishUpload(uploadId, digest);
    await this.link(address, digest, finished.size);
    return finished;
  }

  /** Bytes lie nowhere of which the database knows nothing: what is broken off here is collected. */
  async reserve(digest: string): Promise<void> {
    await this.#options.store.images.reserveBlob(digest, this.#options.now().toISOString());
  }

  /** Until all of it came its name is not known, so it comes as an upload. */
  async #writeUnnamed(
    address: RepositoryAddress,
    bytes: AsyncIterable<Uint8Array>,
    options: { readonly maxBytes: number; readonly signal?: AbortSignal },
  ): Promise<{ readonly digest: string; readonly size: number }> {
    const { layers } = this.#options;
    const hash = createHash("sha256");
    const uploadId = await layers.beginUpload();
    try {
      await layers.append(uploadId, 0, hashing(bytes, hash), options);
      const digest = `sha256:${hash.digest("hex")}`;
      return { digest, ...(await this.finish(address, uploadId, digest)) };
    } catch (error) {
      await layers.abortUpload(uploadId);
      throw error;
    }
  }

  /** Links what another repository has; default: any of the organization. Undefined when none has it. */
  async mount(
    address: RepositoryAddress,
    digest: string,
    from: { readonly orgId: string; readonly repository?: string } = { orgId: address.orgId },
  ): Promise<number | undefined> {
    const { store, layers } = this.#options;
    if (!(await store.images.hasBlob(from.orgId, digest, from.repository))) return undefined;
    const size = await layers.size(digest);
    if (size !== undefined) await this.link(address, digest, size);
    return size;
  }

  async manifest({ orgId, repository }: RepositoryAddress, reference: string): Promise<StoredManifest | undefined> {
    return await this.#options.store.images.manifest(orgId, repository, reference);
  }

  /** @throws CONTENT_MISMATCH for what is no manifest */
  read(written: ManifestBytes): ReadManifest {
    return readManifest(written);
  }

  /** @throws CONTENT_MISMATCH for what is no manifest, or names what the repository does not have; QUOTA_EXCEEDED */
  async putManifest(
    { orgId, repository }: RepositoryAddress,
    written: ManifestBytes,
    tag?: string,
  ): Promise<StoredManifest> {
    const { store, layers, now } = this.#options;
    const { needed, ...parts } = readManifest(written);
    await this.#assertManifestRoom(orgId);
    for (const { digest, size } of needed.filter(({ isManifest }) => !isManifest)) {
      const found = await layers.size(digest);
      if (found !== undefined && found !== size) {
        throw imageError("MANIFEST_INVALID", `${digest} has ${found} bytes; the manifest says ${size}.`);
      }
      if (found === undefined) throw missing([digest]);
    }
    const manifest: StoredManifest = {
      orgId,
      repository,
      ...parts,
      references: needed.map(({ digest }) => digest),
      createdAt: now().toISOString(),
    };
    const absent = await store.images.putManifest(manifest, tag);
    if (absent.length > 0) throw missing(absent);
    return manifest;
  }

  /** What may still be written. @throws QUOTA_EXCEEDED when that is nothing */
  async roomFor(orgId: string): Promise<number> {
    const { store, limits } = this.#options;
    const { bytes } = await store.images.usage(orgId);
    const room = Math.min(limits.maxBlobBytes, limits.quota.bytes - bytes);
    if (room > 0) return room;
    throw full(`Its images have ${bytes} bytes; ${limits.quota.bytes} is the most.`);
  }

  async #assertManifestRoom(orgId: string): Promise<void> {
    const { store, limits } = this.#options;
    const { manifests } = await store.images.usage(orgId);
    if (manifests >= limits.quota.manifests) throw full(`It has ${manifests} manifests, which is the most.`);
  }
}

async function* hashing(bytes: AsyncIterable<Uint8Array>, hash: Hash): AsyncGenerator<Uint8Array, void, undefined> {
  for await (const piece of bytes) {
    hash.update(piece);
    yield piece;
  }
}

function missing(digests: readonly string[]): PlatformError {
  const named = digests.slice(0, 3).join(", ");
  const more = digests.length > 3 ? ` and ${digests.length - 3} more` : "";
  return imageError("MANIFEST_BLOB_UNKNOWN", `The manifest names ${named}${more}, which the repository does not have.`);
}

function full(detail: string): PlatformError {
  return new PlatformError("QUOTA_EXCEEDED", `The organization's images take all the room that they may. ${detail}`, {
    retryable: false,
    hint: "Delete images that nobody runs: a2a images list shows them.",
  });
}
