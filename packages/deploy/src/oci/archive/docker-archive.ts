import { posix } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { ReleaseImage } from "@berth/protocol";
import type { ImagePlace } from "../blobs.ts";
import { MediaType } from "../descriptors.ts";
import type { Descriptor } from "../descriptors.ts";
import { parseImageConfig } from "../parse-manifest.ts";
import { readBlob } from "../read-image.ts";
import { writeManifest } from "../write-image.ts";
import { fileOf } from "./archive-files.ts";
import type { ArchiveFiles } from "./archive-files.ts";

interface SavedImage {
  readonly config: string;
  readonly layers: readonly string[];
  readonly names: readonly string[];
}

/** What `docker save` writes: its layers are plain tars, and it has no manifest of its own. @throws ARCHIVE_REFUSED */
export async function dockerImage(
  place: ImagePlace,
  files: ArchiveFiles,
  { name, tag }: { readonly name?: string; readonly tag?: string },
): Promise<ReleaseImage> {
  const saved = savedImages(files.indexes.get("manifest.json") ?? new Uint8Array());
  const image = name === undefined ? saved[0] : saved.find(({ names }) => names.includes(name));
  if (image === undefined) {
    const names = saved.flatMap(({ names }) => names).join(", ");
    throw new PlatformError(
      "ARCHIVE_REFUSED",
      `The archive does not hold the image; it holds: ${names.slice(0, 300)}.`,
    );
  }
  const config = { mediaType: MediaType.Config, ...fileOf(files, image.config) };
  const diffIds = parseImageConfig(await readBlob(place, config)).rootfs.diff_ids;
  if (diffIds.length !== image.layers.length) {
    throw new PlatformError("CONTENT_MISMATCH", "The archive's config and its manifest.json have different layers.");
  }
  const layers = image.layers.map((path, index): Descriptor => {
    const file = fileOf(files, path);
    // What is not what the config says was compressed; unpacking looks at the bytes.
    return { mediaType: file.digest === diffIds[index] ? MediaType.Layer : MediaType.LayerGzip, ...file };
  });
  return await writeManifest(place, { schemaVersion: 2, mediaType: MediaType.Manifest, config, layers }, tag);
}

function savedImages(bytes: Uint8Array): readonly SavedImage[] {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new PlatformError("ARCHIVE_REFUSED", "The archive's manifest.json is not JSON.", { cause: error });
  }
  if (!Array.isArray(value)) throw new PlatformError("ARCHIVE_REFUSED", "The archive's manifest.json is no list.");
  return value.map(savedImage);
}

function savedImage(value: unknown): SavedImage {
  const { Config, Layers, RepoTags } =
    typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  if (typeof Config !== "string" || !isTexts(Layers)) {
    throw new PlatformError("ARCHIVE_REFUSED", "The archive's manifest.json names no config or no layers.");
  }
  return {
    config: posix.normalize(Config),
    layers: Layers.map((path) => posix.normalize(path)),
    names: isTexts(RepoTags) ? RepoTags : [],
  };
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length <= 1_000 && value.every((item) => typeof item === "string");
}
