import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { ReleaseImage } from "@berth/protocol";
import type { Descriptor } from "./descriptors.ts";
import { MediaType } from "./descriptors.ts";
import { jsonBytes } from "./json-bytes.ts";
import { labelsOf } from "./release-config.ts";
import type { ReleaseImageOptions } from "./release-image-options.ts";
import { folderEntries } from "./tar/folder-entries.ts";
import { layerTar } from "./tar/layer-tar.ts";
import { NO_TIME, writeBytes, writeManifest } from "./write-image.ts";
import { writeLayer } from "./write-layer.ts";

const TITLE = "org.opencontainers.image.title";

/**
 * A module as the CNCF's "Wasm OCI Artifact" layout has it: the first layer is the module itself. What lies beside it in
 * the release is a second layer, of a type that hosts which know only modules pass over.
 */
export async function wasmArtifact(options: ReleaseImageOptions): Promise<ReleaseImage> {
  const { release, folder, place, signal } = options;
  const waiting = signal === undefined ? {} : { signal };
  const source = join(folder, release.entry);
  const { size } = await stat(source);
  // createReadStream without an encoding yields Buffers.
  const module = createReadStream(source) as AsyncIterable<Buffer>;
  const written = await place.write(module, { maxBytes: size, ...waiting });
  const layers: Descriptor[] = [{ mediaType: MediaType.Wasm, ...written, annotations: { [TITLE]: release.entry } }];
  const leaveOut = (path: string): boolean => path === release.entry;
  const data = await folderEntries(folder, { at: "app", leaveOut, ...waiting });
  if (data.some(({ kind }) => kind === "file")) {
    const { descriptor } = await writeLayer(place, layerTar(data), waiting);
    layers.push({ ...descriptor, annotations: { [TITLE]: "data" } });
  }
  const config = jsonBytes({
    created: NO_TIME,
    architecture: "wasm",
    os: "wasip1",
    layerDigests: layers.map(({ digest }) => digest),
  });
  const configWritten = await writeBytes(place, config);
  return await writeManifest(
    place,
    {
      schemaVersion: 2,
      mediaType: MediaType.Manifest,
      artifactType: MediaType.WasmConfig,
      config: { mediaType: MediaType.WasmConfig, ...configWritten },
      layers,
      annotations: labelsOf(options),
    },
    options.tag,
  );
}
