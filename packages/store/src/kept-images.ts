import type { ManifestInfo, Referrer, StoredManifest } from "./image-store.ts";
import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";

/** As every driver keeps it: checked keys, one spelling of time, no tie to the caller's objects. */
export function manifestAsKept(manifest: StoredManifest, tag: string | undefined): StoredManifest {
  const { orgId, repository, digest, mediaType, artifactType, subject, references } = manifest;
  requireStorableText({ orgId, repository, digest, mediaType, artifactType, subject, tag });
  for (const reference of references) requireStorableText({ reference });
  return {
    ...manifest,
    bytes: new Uint8Array(manifest.bytes),
    references: [...new Set(references)],
    ...(manifest.annotations === undefined ? {} : { annotations: { ...manifest.annotations } }),
    createdAt: toInstant(manifest.createdAt),
  };
}

export function toManifestInfo(
  {
    digest,
    mediaType,
    artifactType,
    subject,
    createdAt,
  }: Omit<StoredManifest, "bytes" | "orgId" | "repository" | "references">,
  { bytes, tags }: Pick<ManifestInfo, "bytes" | "tags">,
): ManifestInfo {
  return {
    digest,
    mediaType,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined ? {} : { subject }),
    bytes,
    tags,
    createdAt,
  };
}

export function toReferrer(
  { digest, mediaType, artifactType, annotations }: Omit<Referrer, "size">,
  size: number,
): Referrer {
  return {
    digest,
    mediaType,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(annotations === undefined ? {} : { annotations }),
    size,
  };
}
