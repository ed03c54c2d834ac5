import { randomBytes } from "node:crypto";
import { mkdir, rename, rm } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { ImagePlace } from "../blobs.ts";
import type { Descriptor, ImageConfig } from "../descriptors.ts";
import { Meter } from "../digest.ts";
import { imageNotFound, readImage } from "../read-image.ts";
import { readTar } from "../tar/read-tar.ts";
import { applyEntry } from "./apply-layer.ts";
import { decodeBytes } from "./decode-bytes.ts";
import { IMAGE_LIMITS, ImageBudget, refused } from "./image-limits.ts";
import type { ImageLimits } from "./image-limits.ts";
import { RootWriter } from "./root-writer.ts";

export interface UnpackImageOptions {
  readonly limits?: ImageLimits;
  readonly signal?: AbortSignal;
}

/**
 * The files of an image in a folder, which must not exist: it appears when it is whole. The image is hostile: nothing of
 * it is written outside, runs, or may be set apart by its owner or a special bit. Gives its config.
 * @throws IMAGE_NOT_FOUND, CONTENT_MISMATCH when a layer is not what the config says, ARCHIVE_REFUSED, CANCELED
 */
export async function unpackImage(
  place: ImagePlace,
  digest: string,
  folder: string,
  { limits = IMAGE_LIMITS, signal }: UnpackImageOptions = {},
): Promise<ImageConfig> {
  const { manifest, config } = await readImage(place, digest);
  if (config === undefined) throw new PlatformError("CONTENT_MISMATCH", `${digest} is not an image with files to run.`);
  const { layers } = manifest;
  const diffIds = config.rootfs.diff_ids;
  if (layers.length !== diffIds.length) {
    throw new PlatformError("CONTENT_MISMATCH", "The image's config and its manifest have different layers.");
  }
  if (layers.length > limits.maxLayers) throw refused(`The image has more than ${limits.maxLayers} layers.`);
  const budget = new ImageBudget(limits, signal);
  const temporary = `${folder}.${randomBytes(6).toString("hex")}.tmp`;
  // Closed to others until it is whole: nobody can put a link into it.
  await mkdir(temporary, { mode: 0o700 });
  try {
    const root = new RootWriter(temporary, limits);
    for (const [index, layer] of layers.entries()) {
      root.beginLayer();
      // There are as many as there are layers.
      await unpackLayer(place, layer, diffIds[index] ?? "", { root, budget });
    }
    await root.open();
    await rename(temporary, folder);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw isBadName(error) ? refused("The image holds a path that no file system takes.", error) : error;
  }
  return config;
}

async function unpackLayer(
  place: ImagePlace,
  layer: Descriptor,
  diffId: string,
  { root, budget }: { readonly root: RootWriter; readonly budget: ImageBudget },
): Promise<void> {
  const content = await place.open(layer.digest);
  if (content === undefined) throw imageNotFound(layer.digest);
  const meter = new Meter();
  const tar = meter.through(decodeBytes(content.bytes));
  const onRead = (total: number): void => {
    budget.checkTime();
    budget.checkRatio(total, content.size);
  };
  for await (const entry of readTar(tar, onRead)) await applyEntry(entry, root, budget);
  if (meter.digest !== diffId) {
    throw new PlatformError("CONTENT_MISMATCH", `A layer of the image is not what its config says: ${diffId}.`, {
      internal: `found ${meter.digest} in ${layer.digest}`,
    });
  }
}

/** The names were checked one by one; only the whole path can still be too long. */
function isBadName(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENAMETOOLONG" || error.code === "EINVAL");
}
