import type { ReleaseImage } from "@berth/protocol";
import type { BlobSink, ImagePlace } from "./blobs.ts";
import { MediaType } from "./descriptors.ts";
import type { Descriptor, ImageConfig, ImageManifest } from "./descriptors.ts";
import { digestOf } from "./digest.ts";
import { jsonBytes } from "./json-bytes.ts";

/** Images have no time of their own: the same files give the same image. */
export const NO_TIME = "1970-01-01T00:00:00Z";

/** @throws CANCELED */
export async function writeImage(
  place: ImagePlace,
  config: ImageConfig,
  layers: readonly Descriptor[],
  tag?: string,
): Promise<ReleaseImage> {
  const configBytes = jsonBytes({ created: NO_TIME, ...config });
  const written = await writeBytes(place, configBytes);
  const manifest: ImageManifest = {
    schemaVersion: 2,
    mediaType: MediaType.Manifest,
    config: { mediaType: MediaType.Config, ...written },
    layers,
  };
  return await writeManifest(place, manifest, tag);
}

/** Everything it names is there. */
export async function writeManifest(place: ImagePlace, manifest: ImageManifest, tag?: string): Promise<ReleaseImage> {
  const bytes = jsonBytes(manifest);
  const { mediaType, config, layers } = manifest;
  const digest = await place.putManifest({ mediaType, bytes }, tag);
  return { digest, mediaType, bytes: bytes.length + [config, ...layers].reduce((sum, { size }) => sum + size, 0) };
}

/** What is in memory whole: named beforehand, it needs no place of its own until its name is known. */
export async function writeBytes(
  place: BlobSink,
  bytes: Uint8Array,
): Promise<{ readonly digest: string; readonly size: number }> {
  return await place.write(once(bytes), { digest: digestOf(bytes), maxBytes: bytes.length });
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
