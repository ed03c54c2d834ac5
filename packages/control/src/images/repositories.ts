import type { ManifestBytes } from "@berth/deploy";
import type { Principal } from "@berth/protocol";
import type {
  ByteRange,
  LayerContent,
  ManifestInfo,
  NamePage,
  Referrer,
  RepositoryInfo,
  StoredManifest,
} from "@berth/store";

export interface Upload {
  /** As callers know it. */
  readonly uploadId: string;
  /** Bytes it has. */
  readonly size: number;
}

export interface RepositoryDetail {
  readonly repository: string;
  /** Newest first, at most 100. */
  readonly manifests: readonly (ManifestInfo & { readonly referrers: readonly Referrer[] })[];
}

/**
 * Images as callers see them: the repositories of their organization. The first part of a name is the agent's whose
 * images they are; for a key that is for certain agents there are no others. What is not there and what one may not see
 * are IMAGE_NOT_FOUND both. Reading needs `image.read`, writing `image.write`, deleting `image.delete`.
 */
export interface ImageRepositories {
  list(principal: Principal, page: NamePage): Promise<readonly RepositoryInfo[]>;
  detail(principal: Principal, repository: string): Promise<RepositoryDetail>;
  tags(principal: Principal, repository: string, page: NamePage): Promise<readonly string[]>;
  /** By digest or by tag. */
  manifest(principal: Principal, repository: string, reference: string): Promise<StoredManifest>;
  /** The list is empty for what has none, or is not there. */
  referrers(principal: Principal, repository: string, digest: string): Promise<readonly Referrer[]>;
  /** Bytes it has. */
  blobSize(principal: Principal, repository: string, digest: string): Promise<number>;
  openBlob(principal: Principal, repository: string, digest: string, range?: ByteRange): Promise<LayerContent>;

  /** @throws CONTENT_MISMATCH when it is no manifest, names what is not there, or `reference` is another's digest */
  putManifest(
    principal: Principal,
    repository: string,
    reference: string,
    manifest: ManifestBytes,
  ): Promise<StoredManifest>;
  beginUpload(principal: Principal, repository: string): Promise<Upload>;
  upload(principal: Principal, repository: string, uploadId: string): Promise<Upload>;
  /** `offset` absent: at its end, wherever that is. @throws CONTENT_MISMATCH for another offset, REQUEST_TOO_LARGE */
  append(
    principal: Principal,
    upload: { readonly repository: string; readonly uploadId: string; readonly offset?: number },
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<Upload>;
  /** @throws CONTENT_MISMATCH */
  finishUpload(
    principal: Principal,
    upload: { readonly repository: string; readonly uploadId: string; readonly digest: string },
  ): Promise<void>;
  cancelUpload(principal: Principal, repository: string, uploadId: string): Promise<void>;
  /** All at once. @throws CONTENT_MISMATCH, REQUEST_TOO_LARGE */
  putBlob(
    principal: Principal,
    blob: { readonly repository: string; readonly digest: string },
    bytes: AsyncIterable<Uint8Array>,
    signal: AbortSignal,
  ): Promise<void>;
  /** False when `from`, or without it any repository that the caller may read, does not have it. */
  mountBlob(
    principal: Principal,
    blob: { readonly repository: string; readonly digest: string; readonly from?: string },
  ): Promise<boolean>;

  /** Of a digest: the manifest and its tags. @throws STORE_CONFLICT while a release is this image */
  deleteManifest(principal: Principal, repository: string, reference: string): Promise<void>;
  /** @throws STORE_CONFLICT while a manifest names it */
  deleteBlob(principal: Principal, repository: string, digest: string): Promise<void>;
}
