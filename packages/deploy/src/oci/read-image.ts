import { PlatformError } from "@berth/protocol";
import type { BlobSource, ImagePlace, ManifestBytes } from "./blobs.ts";
import { MediaType } from "./descriptors.ts";
import type { Descriptor, ImageConfig, ImageManifest } from "./descriptors.ts";
import { digestOf } from "./digest.ts";
import { MAX_MANIFEST_BYTES, parseImageConfig, parseManifest } from "./parse-manifest.ts";
import { readAll } from "./read-all.ts";

export interface ReadImage {
  readonly digest: string;
  readonly mediaType: string;
  readonly manifest: ImageManifest;
  /** Undefined for an artifact that is not an image. */
  readonly config?: ImageConfig;
  /** Of the manifest and everything it names. */
  readonly bytes: number;
}

/** @throws IMAGE_NOT_FOUND; CONTENT_MISMATCH when it is damaged, or an index. */
export async function readImage(place: ImagePlace, reference: string): Promise<ReadImage> {
  const found = await place.manifest(reference);
  if (found === undefined) throw imageNotFound(reference);
  const { digest, manifest } = imageManifest(found, reference);
  const { mediaType } = manifest.config;
  const isImage = mediaType === MediaType.Config || mediaType === MediaType.DockerConfig;
  return {
    digest,
    mediaType: manifest.mediaType,
    manifest,
    ...(isImage ? { config: parseImageConfig(await readBlob(place, manifest.config)) } : {}),
    bytes: found.bytes.length + [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0),
  };
}

function imageManifest(found: ManifestBytes, reference: string): { digest: string; manifest: ImageManifest } {
  const digest = digestOf(found.bytes);
  if (reference.startsWith("sha256:") && digest !== reference) {
    throw new PlatformError("CONTENT_MISMATCH", `The manifest of ${reference} has the digest ${digest}.`);
  }
  const parsed = parseManifest(found);
  if (parsed.kind === "image") return { digest, manifest: parsed.manifest };
  throw new PlatformError("CONTENT_MISMATCH", `${reference} is an index of several images, not an image.`, {
    hint: "Name the image of one platform by its digest.",
  });
}

/** A small blob, such as a config, checked against its descriptor. @throws IMAGE_NOT_FOUND, CONTENT_MISMATCH */
export async function readBlob(place: BlobSource, { digest, size }: Descriptor): Promise<Uint8Array> {
  if (size > MAX_MANIFEST_BYTES) throw new PlatformError("CONTENT_MISMATCH", `${digest} is too large for what it is.`);
  const content = await place.open(digest);
  if (content === undefined) throw imageNotFound(digest);
  const bytes = await readAll(content.bytes, MAX_MANIFEST_BYTES, digest);
  if (digestOf(bytes) !== digest || bytes.length !== size) {
    throw new PlatformError("CONTENT_MISMATCH", `The bytes of ${digest} are not what its digest says.`);
  }
  return bytes;
}

export function imageNotFound(reference: string): PlatformError {
  return new PlatformError("IMAGE_NOT_FOUND", `There is no image ${reference}.`, {
    hint: "Look at the repository's tags; an image that nothing refers to is removed after a while.",
  });
}
