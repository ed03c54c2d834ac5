import { isDigest, isTag } from "@berth/deploy";
import type { ManifestBytes } from "@berth/deploy";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type {
  ByteRange,
  LayerContent,
  LayerStore,
  NamePage,
  Referrer,
  RepositoryInfo,
  Store,
  StoredManifest,
} from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { blobUnknown, imageError, manifestUnknown, nameUnknown, uploadUnknown } from "./image-errors.ts";
import type { ImageLimits } from "./image-limits.ts";
import type { ImageShelf, RepositoryAddress } from "./image-shelf.ts";
import { OpenUploads } from "./open-uploads.ts";
import { releaseOfImage } from "./release-of-image.ts";
import type { ImageRepositories, RepositoryDetail, Upload } from "./repositories.ts";
import { assertAccess } from "./repository-access.ts";

const MOST_LISTED = 100;

export interface RepositoriesOptions {
  readonly store: Pick<Store, "images" | "agents" | "audit">;
  readonly layers: LayerStore;
  readonly shelf: ImageShelf;
  readonly limits: ImageLimits;
  /** Seals the names of uploads; the same after a restart. */
  readonly key: Uint8Array;
  readonly now: () => Date;
}

export function createImageRepositories(options: RepositoriesOptions): ImageRepositories {
  return new StoredRepositories(options);
}

class StoredRepositories implements ImageRepositories {
  readonly #options: RepositoriesOptions;
  readonly #uploads: OpenUploads;

  constructor(options: RepositoriesOptions) {
    this.#options = options;
    this.#uploads = new OpenUploads(options);
  }

  async list(principal: Principal, page: NamePage): Promise<readonly RepositoryInfo[]> {
    authorize(principal, "image.read");
    const { orgId, agents } = principal;
    const under = agents === undefined ? {} : { under: agents };
    return await this.#options.store.images.repositories(orgId, { ...page, ...under });
  }

  async detail(principal: Principal, repository: string): Promise<RepositoryDetail> {
    const { orgId } = assertAccess(principal, "image.read", repository);
    const { images } = this.#options.store;
    const found = await images.manifests(orgId, repository, MOST_LISTED);
    if (found.length === 0) throw nameUnknown();
    const manifests = [];
    for (const manifest of found) {
      manifests.push({ ...manifest, referrers: await images.referrers(orgId, repository, manifest.digest) });
    }
    return { repository, manifests };
  }

  async tags(principal: Principal, repository: string, page: NamePage): Promise<readonly string[]> {
    const { orgId } = assertAccess(principal, "image.read", repository);
    const { images } = this.#options.store;
    const tags = await images.tags(orgId, repository, page);
    if (tags.length === 0 && (await images.manifests(orgId, repository, 1)).length === 0) throw nameUnknown();
    return tags;
  }

  async manifest(principal: Principal, repository: string, reference: string): Promise<StoredManifest> {
    const address = assertAccess(principal, "image.read", repository);
    const manifest = await this.#options.shelf.manifest(address, reference);
    if (manifest === undefined) throw manifestUnknown();
    return manifest;
  }

  async referrers(principal: Principal, repository: string, digest: string): Promise<readonly Referrer[]> {
    const { orgId } = assertAccess(principal, "image.read", repository);
    assertDigest(digest);
    return await this.#options.store.images.referrers(orgId, repository, digest);
  }

  async blobSize(principal: Principal, repository: string, digest: string): Promise<number> {
    const address = assertAccess(principal, "image.read", repository);
    const size = await this.#options.shelf.size(address, digest);
    if (size === undefined) throw blobUnknown();
    return size;
  }

  async openBlob(principal: Principal, repository: string, digest: string, range?: ByteRange): Promise<LayerContent> {
    const address = assertAccess(principal, "image.read", repository);
    const content = await this.#options.shelf.open(address, digest, range);
    if (content === undefined) throw blobUnknown();
    return content;
  }

  async putManifest(
    principal: Principal,
    repository: string,
    reference: string,
    written: ManifestBytes,
  ): Promise<StoredManifest> {
    const address = assertAccess(principal, "image.write", repository);
    const isByDigest = reference.includes(":");
    if (isByDigest) assertDigest(reference);
    else if (!isTag(reference)) throw imageError("MANIFEST_INVALID", "This cannot be a tag.");
    const { shelf } = this.#options;
    const { digest } = shelf.read(written);
    if (isByDigest && digest !== reference) {
      throw imageError("DIGEST_INVALID", `These bytes have the digest ${digest}, not ${reference}.`);
    }
    const tag = isByDigest ? {} : { tag: reference };
    return await this.#audited(
      principal,
      "image.push",
      `${repository}@${digest}`,
      tag,
      async () => await shelf.putManifest(address, written, tag.tag),
    );
  }

  async beginUpload(principal: Principal, repository: string): Promise<Upload> {
    const address = assertAccess(principal, "image.write", repository);
    const { shelf, layers } = this.#options;
    await shelf.roomFor(address.orgId);
    this.#uploads.assertRoom(address.orgId);
    return { uploadId: this.#uploads.add(address, await layers.beginUpload()), size: 0 };
  }

  async upload(principal: Principal, repository: string, uploadId: string): Promise<Upload> {
    const address = assertAccess(principal, "image.write", repository);
    return { uploadId, size: await this.#sizeOf(this.#uploads.idOf(address, uploadId)) };
  }

  async append(
    principal: Principal,
    {
      repository,
      uploadId,
      offset,
    }: { readonly repository: string; readonly uploadId: string; readonly offset?: number },
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<Upload> {
    const address = assertAccess(principal, "image.write", repository);
    const { shelf, layers } = this.#options;
    const id = this.#uploads.idOf(address, uploadId);
    const at = offset ?? (await this.#sizeOf(id));
    const maxBytes = await shelf.roomFor(address.orgId);
    this.#uploads.touch(address, id);
    try {
      return { uploadId, size: await layers.append(id, at, bytes, { maxBytes, signal }) };
    } finally {
      this.#uploads.touch(address, id);
    }
  }

  async finishUpload(
    principal: Principal,
    {
      repository,
      uploadId,
      digest,
    }: { readonly repository: string; readonly uploadId: string; readonly digest: string },
  ): Promise<void> {
    const address = assertAccess(principal, "image.write", repository);
    assertDigest(digest);
    const { shelf } = this.#options;
    const id = this.#uploads.idOf(address, uploadId);
    await shelf.roomFor(address.orgId);
    await withCode(async () => await shelf.finish(address, id, digest));
    this.#uploads.remove(address, id);
  }

  async cancelUpload(principal: Principal, repository: string, uploadId: string): Promise<void> {
    const address = assertAccess(principal, "image.write", repository);
    const id = this.#uploads.idOf(address, uploadId);
    this.#uploads.remove(address, id);
    if (!(await this.#options.layers.abortUpload(id))) throw uploadUnknown();
  }

  async putBlob(
    principal: Principal,
    { repository, digest }: { readonly repository: string; readonly digest: string },
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void> {
    const address = assertAccess(principal, "image.write", repository);
    assertDigest(digest);
    const { shelf, limits } = this.#options;
    await withCode(async () => await shelf.write(address, bytes, { digest, maxBytes: limits.maxBlobBytes, signal }));
  }

  async mountBlob(
    principal: Principal,
    { repository, digest, from }: { readonly repository: string; readonly digest: string; readonly from?: string },
  ): Promise<boolean> {
    const address = assertAccess(principal, "image.write", repository);
    if (!isDigest(digest) || !mayMount(principal, from)) return false;
    const source = { orgId: address.orgId, ...(from === undefined ? {} : { repository: from }) };
    return (await this.#options.shelf.mount(address, digest, source)) !== undefined;
  }

  async deleteManifest(principal: Principal, repository: string, reference: string): Promise<void> {
    const { orgId } = assertAccess(principal, "image.delete", repository);
    const { images } = this.#options.store;
    const isByDigest = reference.includes(":");
    const found = await images.manifest(orgId, repository, reference);
    if (found === undefined) throw manifestUnknown();
    if (isByDigest) await this.#assertUnused({ orgId, repository }, found.digest);
    const tag = isByDigest ? {} : { tag: reference };
    const isGone = await this.#audited(principal, "image.delete", `${repository}@${found.digest}`, tag, async () =>
      isByDigest
        ? await images.deleteManifest(orgId, repository, reference)
        : await images.deleteTag(orgId, repository, reference),
    );
    if (!isGone) throw manifestUnknown();
  }

  async deleteBlob(principal: Principal, repository: string, digest: string): Promise<void> {
    const { orgId } = assertAccess(principal, "image.delete", repository);
    const { images } = this.#options.store;
    if (!(await images.hasBlob(orgId, digest, repository))) throw blobUnknown();
    await this.#audited(principal, "image.delete_blob", `${repository}@${digest}`, {}, async () => {
      // Its bytes may be nobody's from then on.
      await this.#options.shelf.reserve(digest);
      const outcome = await images.unlinkBlob(orgId, repository, digest);
      if (outcome === "absent") throw blobUnknown();
      if (outcome === "removed") return;
      throw new PlatformError("STORE_CONFLICT", "A manifest of the repository names this blob.", {
        retryable: false,
        hint: "Delete the manifest; what nothing names any more goes by itself.",
      });
    });
  }

  async #assertUnused(address: RepositoryAddress, digest: string): Promise<void> {
    const release = await releaseOfImage(this.#options.store, address, digest);
    if (release === undefined) return;
    throw new PlatformError("STORE_CONFLICT", `The release ${release.releaseId} is this image.`, {
      retryable: false,
      hint: "Remove the agent first; its releases keep their images while it is there.",
    });
  }

  async #sizeOf(id: string): Promise<number> {
    const size = await this.#options.layers.uploadSize(id);
    if (size === undefined) throw uploadUnknown();
    return size;
  }

  async #audited<T>(
    { orgId, id }: Principal,
    action: string,
    resource: string,
    detail: { readonly tag?: string },
    act: () => Promise<T>,
  ): Promise<T> {
    const { store, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor: id, action, resource, outcome: "ok", detail } as const;
    return await audited(store.audit, entry, act);
  }
}

/** Without a name of where from, a key that is for certain agents would learn what others have. */
function mayMount(principal: Principal, from: string | undefined): boolean {
  if (from === undefined) return principal.agents === undefined;
  try {
    assertAccess(principal, "image.read", from);
    return true;
  } catch (error) {
    if (isPlatformError(error)) return false;
    throw error;
  }
}

function assertDigest(digest: string): void {
  if (!isDigest(digest)) throw imageError("DIGEST_INVALID", "Digests are taken in the form sha256:<64 hex digits>.");
}

/** The store knows nothing of registries' codes. */
async function withCode<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isPlatformError(error) || error.reason !== "CONTENT_MISMATCH" || error.metadata["size"] !== undefined)
      throw error;
    throw imageError("DIGEST_INVALID", error.message, error);
  }
}
