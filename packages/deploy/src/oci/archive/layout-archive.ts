import { PlatformError } from "@berth/protocol";
import type { ReleaseImage } from "@berth/protocol";
import type { ImagePlace, ManifestBytes } from "../blobs.ts";
import { MediaType } from "../descriptors.ts";
import type { Descriptor, ImageIndex } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { parseManifest } from "../parse-manifest.ts";
import { pickPlatform } from "../pick-platform.ts";
import { readBlob } from "../read-image.ts";
import type { ArchiveFiles } from "./archive-files.ts";

const NAME = "org.opencontainers.image.ref.name";

/** @throws ARCHIVE_REFUSED, CONTENT_MISMATCH */
export async function layoutImage(
  place: ImagePlace,
  { indexes }: ArchiveFiles,
  { name, tag }: { readonly name?: string; readonly tag?: string },
): Promise<ReleaseImage> {
  const top = parseManifest({ mediaType: MediaType.Index, bytes: indexes.get("index.json") ?? new Uint8Array() });
  if (top.kind !== "index") throw new PlatformError("ARCHIVE_REFUSED", "The archive's index.json is no index.");
  let entry = pick(top.index, name);
  let found = await manifestOf(place, entry);
  let parsed = parseManifest(found);
  if (parsed.kind === "index") {
    entry = pickPlatform(parsed.index);
    found = await manifestOf(place, entry);
    parsed = parseManifest(found);
  }
  if (parsed.kind === "index") throw new PlatformError("ARCHIVE_REFUSED", "The archive's index names another index.");
  await place.putManifest(found, tag);
  const { manifest } = parsed;
  const sizes = [manifest.config, ...manifest.layers].reduce((sum, { size }) => sum + size, 0);
  return { digest: digestOf(found.bytes), mediaType: manifest.mediaType, bytes: found.bytes.length + sizes };
}

/** By its name; else the only one; else that of this machine's platform. */
function pick(index: ImageIndex, name: string | undefined): Descriptor {
  const { manifests } = index;
  const images = manifests.filter(({ artifactType }) => artifactType === undefined);
  const named = name === undefined ? images : images.filter(({ annotations }) => annotations?.[NAME] === name);
  const [first] = named;
  if (first === undefined) {
    const names = images.map(({ annotations }) => annotations?.[NAME] ?? "(without a name)").join(", ");
    throw new PlatformError(
      "ARCHIVE_REFUSED",
      `The archive does not hold the image; it holds: ${names.slice(0, 300)}.`,
    );
  }
  return named.length === 1 ? first : pickPlatform({ ...index, manifests: named });
}

async function manifestOf(place: ImagePlace, descriptor: Descriptor): Promise<ManifestBytes> {
  return { mediaType: descriptor.mediaType, bytes: await readBlob(place, descriptor) };
}
