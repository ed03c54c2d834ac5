import type { ImagePlace, ManifestBytes } from "../blobs.ts";
import { MediaType } from "../descriptors.ts";
import type { Descriptor } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { jsonBytes } from "../json-bytes.ts";
import { writeBytes } from "../write-image.ts";

/** image-spec 1.1, manifest.md, "Guidance for an Empty Descriptor". */
const EMPTY_BYTES: Uint8Array = new TextEncoder().encode("{}");
const EMPTY: Descriptor = { mediaType: MediaType.Empty, digest: digestOf(EMPTY_BYTES), size: EMPTY_BYTES.length };

export interface Referrer {
  /** The image that it is about. */
  readonly subject: Descriptor;
  /** Such as `application/vnd.cyclonedx+json`. */
  readonly artifactType: string;
  readonly layer: Descriptor;
  readonly annotations?: { readonly [key: string]: string };
}

/** A manifest that hangs on another one. Its config, the two bytes `{}`, must be in the place as well. */
export function referrerManifest({ subject, artifactType, layer, annotations }: Referrer): ManifestBytes {
  const { mediaType, digest, size } = subject;
  const manifest = {
    schemaVersion: 2,
    mediaType: MediaType.Manifest,
    artifactType,
    config: EMPTY,
    layers: [layer],
    subject: { mediaType, digest, size },
    ...(annotations === undefined ? {} : { annotations }),
  };
  return { mediaType: MediaType.Manifest, bytes: jsonBytes(manifest) };
}

/** Writes a document and hangs it on an image. Gives its manifest's digest. */
export async function attachDocument(
  place: ImagePlace,
  document: {
    readonly subject: Descriptor;
    readonly artifactType: string;
    /** Default: the artifact's type. */
    readonly mediaType?: string;
    readonly bytes: Uint8Array;
    readonly annotations?: { readonly [key: string]: string };
  },
): Promise<string> {
  const { bytes, mediaType = document.artifactType, ...rest } = document;
  const [written] = await Promise.all([writeBytes(place, bytes), writeBytes(place, EMPTY_BYTES)]);
  return await place.putManifest(referrerManifest({ ...rest, layer: { mediaType, ...written } }));
}
