import { gzipSync } from "node:zlib";
import { PlatformError } from "@berth/protocol";
import type { ImagePlace } from "../../oci/blobs.ts";
import type { Descriptor } from "../../oci/descriptors.ts";
import { MediaType } from "../../oci/descriptors.ts";
import { readAll } from "../../oci/read-all.ts";
import { imageNotFound } from "../../oci/read-image.ts";
import type { ReadImage } from "../../oci/read-image.ts";
import { UNPACK_LIMITS, unpackArchive } from "../../unpack/unpack-archive.ts";
import type { BuildFacts, BuiltFiles } from "../built-files.ts";
import { MODULE_PATH } from "../module-release.ts";
import type { ReleaseFile } from "../release-digest.ts";

/** As `wasmArtifact` puts what lies beside the module. */
const DATA = "app/";

interface ArtifactRelease {
  readonly place: ImagePlace;
  readonly image: ReadImage;
  /** Beside it, such as berth.json: goes before what the artifact has by the same name. */
  readonly files: readonly ReleaseFile[];
  readonly facts: BuildFacts;
}

export function isModule({ manifest }: ReadImage): boolean {
  return manifest.config.mediaType === MediaType.WasmConfig;
}

/**
 * A module as the CNCF's "Wasm OCI Artifact" layout has it, with the data that releases of ours have in a second layer.
 * @throws BUILD_FAILED, IMAGE_NOT_FOUND, ARCHIVE_REFUSED, REQUEST_TOO_LARGE
 */
export async function artifactRelease({ place, image, files, facts }: ArtifactRelease): Promise<BuiltFiles> {
  const module = image.manifest.layers.find(({ mediaType }) => mediaType === MediaType.Wasm);
  if (module === undefined) {
    throw new PlatformError("BUILD_FAILED", `${image.digest} says that it is a module of WebAssembly and has none.`);
  }
  const own = [{ path: MODULE_PATH, bytes: await bytesOf(place, module) }, ...files];
  const taken = new Set(own.map(({ path }) => path));
  const data = await dataOf(place, image);
  return {
    files: [...own, ...data.filter(({ path }) => !taken.has(path))],
    entry: MODULE_PATH,
    what: `the module ${image.digest}`,
    facts,
  };
}

async function dataOf(place: ImagePlace, { manifest }: ReadImage): Promise<readonly ReleaseFile[]> {
  const layer = manifest.layers.find(({ mediaType }) => mediaType === MediaType.Layer);
  if (layer === undefined) return [];
  const { files } = await unpackArchive(gzipSync(await bytesOf(place, layer), { level: 0 }));
  return files
    .filter(({ path }) => path.startsWith(DATA))
    .map(({ path, bytes }) => ({ path: path.slice(DATA.length), bytes }));
}

async function bytesOf(place: ImagePlace, { digest }: Descriptor): Promise<Uint8Array> {
  const content = await place.open(digest);
  if (content === undefined) throw imageNotFound(digest);
  return await readAll(content.bytes, UNPACK_LIMITS.maxBytes, digest);
}
