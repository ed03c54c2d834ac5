import { PlatformError } from "@berth/protocol";
import type { ReleaseImage } from "@berth/protocol";
import type { ImagePlace } from "./blobs.ts";
import { copyBlobs } from "./copy-blobs.ts";
import { MediaType } from "./descriptors.ts";
import type { Descriptor, ImageConfig } from "./descriptors.ts";
import { readImage } from "./read-image.ts";
import type { ReadImage } from "./read-image.ts";
import { releaseConfig } from "./release-config.ts";
import type { ReleaseImageOptions } from "./release-image-options.ts";
import { folderEntries } from "./tar/folder-entries.ts";
import { layerTar } from "./tar/layer-tar.ts";
import { wasmArtifact } from "./wasm-artifact.ts";
import { writeImage } from "./write-image.ts";
import { writeLayer } from "./write-layer.ts";
import type { WrittenLayer } from "./write-layer.ts";

/**
 * Writes the image of a release: the layers of its base and one of its own. There is no time in it, so the same release
 * gives the same digest on every machine that has the same base. A WebAssembly release becomes an artifact.
 * @throws IMAGE_NOT_FOUND for the base, ARCHIVE_REFUSED, CANCELED
 */
export async function releaseImage(options: ReleaseImageOptions): Promise<ReleaseImage> {
  const { release, place, folder, signal } = options;
  const waiting = signal === undefined ? {} : { signal };
  if (release.program === undefined && release.entry.endsWith(".wasm")) return await wasmArtifact(options);
  const base = await openBase(options);
  if (base.config === undefined)
    throw new PlatformError("CONTENT_MISMATCH", `${base.digest} is not an image that runs.`);
  const [own] = await Promise.all([
    release.program?.mountsApp === false ? undefined : appLayer(place, folder, waiting),
    options.base === undefined ? 0 : copyBlobs(options.base.place, place, base.manifest.layers, waiting),
  ]);
  const diffIds = [...base.config.rootfs.diff_ids, ...(own === undefined ? [] : [own.diffId])];
  const config: ImageConfig = {
    os: base.config.os,
    architecture: base.config.architecture,
    config: releaseConfig(options, { digest: base.digest, name: options.base?.name ?? "", config: base.config }),
    rootfs: { type: "layers", diff_ids: diffIds },
  };
  const layers = [...base.manifest.layers.map(asOci), ...(own === undefined ? [] : [own.descriptor])];
  return await writeImage(place, config, layers, options.tag);
}

async function appLayer(
  place: ImagePlace,
  folder: string,
  waiting: { readonly signal?: AbortSignal },
): Promise<WrittenLayer> {
  const entries = await folderEntries(folder, { at: "app", keepExecutable: true, ...waiting });
  return await writeLayer(place, layerTar(entries), waiting);
}

async function openBase({ release, place, base }: ReleaseImageOptions): Promise<ReadImage> {
  if (base !== undefined) return await readImage(base.place, base.digest);
  if (release.program !== undefined) return await readImage(place, release.program.rootfs);
  throw new Error("the image of a Node release needs a base");
}

/** A manifest of ours names layers of others by OCI's name for the same thing. */
function asOci(layer: Descriptor): Descriptor {
  const { digest, size } = layer;
  return { mediaType: layer.mediaType === MediaType.DockerLayer ? MediaType.LayerGzip : layer.mediaType, digest, size };
}
