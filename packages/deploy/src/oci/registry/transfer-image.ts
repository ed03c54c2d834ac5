import { PlatformError } from "@berth/protocol";
import type { ReleaseImage } from "@berth/protocol";
import type { ImagePlace, ManifestBytes } from "../blobs.ts";
import { copyBlobs } from "../copy-blobs.ts";
import type { CopyOptions } from "../copy-blobs.ts";
import type { Descriptor, ImageManifest, Platform } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { parseManifest } from "../parse-manifest.ts";
import { pickPlatform } from "../pick-platform.ts";
import { imageNotFound } from "../read-image.ts";
import type { RegistryRepository } from "./registry-repository.ts";

export interface PullOptions extends CopyOptions {
  /** Default: this machine's. */
  readonly platform?: Platform;
  /** Tag of the image in the place. */
  readonly tag?: string;
  /** As whoever asked has named it. Default: the reference, which may be a tag alone. */
  readonly name?: string;
  /** Of all layers together, as they are sent. Default 8 GiB. */
  readonly maxBytes?: number;
}

const MAX_BYTES = 8 * 1024 ** 3;

/** Of an index, the image for one platform. @throws IMAGE_NOT_FOUND, CONTENT_MISMATCH, REQUEST_TOO_LARGE, REGISTRY_FAILED, CANCELED */
export async function pullImage(
  from: ImagePlace,
  to: ImagePlace,
  reference: string,
  options: PullOptions = {},
): Promise<ReleaseImage> {
  let found = await manifestOf(from, reference, options.name);
  let parsed = parseManifest(found);
  if (parsed.kind === "index") {
    const { digest } = pickPlatform(parsed.index, options.platform);
    found = await manifestOf(from, digest);
    parsed = parseManifest(found);
    if (parsed.kind === "index") throw new PlatformError("CONTENT_MISMATCH", `${reference} is an index of indexes.`);
  }
  const image = imageOf(parsed.manifest, found);
  const { maxBytes = MAX_BYTES } = options;
  if (image.bytes > maxBytes) {
    throw new PlatformError(
      "REQUEST_TOO_LARGE",
      `The image ${reference} has ${image.bytes} bytes; at most ${maxBytes} are taken.`,
    );
  }
  await copyBlobs(from, to, blobsOf(parsed.manifest), options);
  await to.putManifest(found, options.tag);
  return image;
}

export interface PushOptions extends CopyOptions {
  readonly tag?: string;
  /** Digests of manifests that hang on the image, such as its bill of materials. */
  readonly referrers?: readonly string[];
  /** Repositories of the same registry that may have some of the layers. */
  readonly mountFrom?: readonly string[];
}

/** An image, and what hangs on it, after it. @throws IMAGE_NOT_FOUND, REGISTRY_FAILED, CANCELED */
export async function pushImage(
  from: ImagePlace,
  to: RegistryRepository,
  digest: string,
  options: PushOptions = {},
): Promise<ReleaseImage> {
  const image = await pushOne(from, to, digest, options);
  for (const referrer of options.referrers ?? []) await pushOne(from, to, referrer, { ...options, tag: "" });
  return image;
}

async function pushOne(
  from: ImagePlace,
  to: RegistryRepository,
  digest: string,
  options: PushOptions,
): Promise<ReleaseImage> {
  const found = await manifestOf(from, digest);
  const parsed = parseManifest(found);
  if (parsed.kind === "index") throw new PlatformError("CONTENT_MISMATCH", `${digest} is an index of several images.`);
  const missing = await unmounted(to, blobsOf(parsed.manifest), options.mountFrom ?? []);
  await copyBlobs(from, to, missing, options);
  await to.putManifest(found, options.tag === "" ? undefined : options.tag);
  return imageOf(parsed.manifest, found);
}

async function unmounted(
  to: RegistryRepository,
  descriptors: readonly Descriptor[],
  repositories: readonly string[],
): Promise<readonly Descriptor[]> {
  if (repositories.length === 0) return descriptors;
  const missing: Descriptor[] = [];
  for (const descriptor of descriptors) {
    if ((await to.size(descriptor.digest)) === descriptor.size) continue;
    let isThere = false;
    for (const from of repositories) isThere ||= await to.mount(descriptor.digest, from);
    if (!isThere) missing.push(descriptor);
  }
  return missing;
}

async function manifestOf(place: ImagePlace, reference: string, name: string = reference): Promise<ManifestBytes> {
  const found = await place.manifest(reference);
  if (found === undefined) throw imageNotFound(name);
  if (reference.startsWith("sha256:") && digestOf(found.bytes) !== reference) {
    throw new PlatformError("CONTENT_MISMATCH", `The manifest of ${reference} has another digest.`);
  }
  return found;
}

function blobsOf(manifest: ImageManifest): readonly Descriptor[] {
  return [manifest.config, ...manifest.layers];
}

function imageOf(manifest: ImageManifest, { bytes }: ManifestBytes): ReleaseImage {
  const sizes = blobsOf(manifest).reduce((sum, { size }) => sum + size, 0);
  return { digest: digestOf(bytes), mediaType: manifest.mediaType, bytes: bytes.length + sizes };
}
