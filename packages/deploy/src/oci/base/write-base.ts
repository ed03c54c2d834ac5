import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import type { ImagePlace } from "../blobs.ts";
import type { ImageConfig } from "../descriptors.ts";
import { readImage } from "../read-image.ts";
import type { LayerEntry } from "../tar/layer-entry.ts";
import { layerTar } from "../tar/layer-tar.ts";
import { writeImage } from "../write-image.ts";
import { writeLayer } from "../write-layer.ts";
import type { WrittenLayer } from "../write-layer.ts";
import { keepLayer, takeKept } from "./kept-layer.ts";

/** An image made of this machine's own files: a registry may not be reachable. */
export interface MachineBase {
  /** Of its manifest. */
  readonly digest: string;
  /** Such as `berth/node`. */
  readonly name: string;
  /** Says which files they were: a tag of the place. */
  readonly tag: string;
  /** Of the manifest and everything it names. */
  readonly bytes: number;
}

export interface BaseOptions {
  readonly signal?: AbortSignal;
  /** Shared by the homes of one user: what one has compressed the others need not. */
  readonly cacheFolder?: string;
}

export interface BaseFiles {
  /** Such as `node`. */
  readonly kind: string;
  readonly entries: readonly LayerEntry[];
  readonly env: readonly string[];
}

/** By Go's names, as OCI has them. */
const ARCHITECTURES: { readonly [architecture: string]: string } = { x64: "amd64", ia32: "386" };

/** This machine's, as an image's config and an index name it. */
export const MACHINE_PLATFORM: { readonly os: string; readonly architecture: string } = {
  os: "linux",
  architecture: ARCHITECTURES[process.arch] ?? process.arch,
};

/** Once per set of files: a place that has it already is not written to. */
export async function writeBase(place: ImagePlace, files: BaseFiles, options: BaseOptions): Promise<MachineBase> {
  const tag = `${files.kind}-${await keyOf(files)}`;
  const name = `berth/${files.kind}`;
  if ((await place.manifest(tag)) !== undefined) {
    const { digest, bytes } = await readImage(place, tag);
    return { digest, name, tag, bytes };
  }
  const layer = await layerOf(place, { files, tag }, options);
  const config: ImageConfig = {
    ...MACHINE_PLATFORM,
    config: { User: "65532:65532", Env: files.env, WorkingDir: "/app" },
    rootfs: { type: "layers", diff_ids: [layer.diffId] },
  };
  const { digest, bytes } = await writeImage(place, config, [layer.descriptor], tag);
  return { digest, name, tag, bytes };
}

async function layerOf(
  place: ImagePlace,
  { files, tag }: { readonly files: BaseFiles; readonly tag: string },
  { signal, cacheFolder }: BaseOptions,
): Promise<WrittenLayer> {
  const kept = cacheFolder === undefined ? undefined : await takeKept(cacheFolder, tag, place);
  if (kept !== undefined) return kept;
  const waiting = signal === undefined ? {} : { signal };
  const layer = await writeLayer(place, layerTar(files.entries), { gzip: true, ...waiting });
  if (cacheFolder !== undefined) await keepLayer(cacheFolder, tag, { place, layer });
  return layer;
}

async function keyOf({ entries, env }: BaseFiles): Promise<string> {
  const hash = createHash("sha256").update(JSON.stringify(env));
  for (const entry of entries) {
    hash.update(
      JSON.stringify(entry.kind === "bytes" ? { ...entry, bytes: Buffer.from(entry.bytes).toString("hex") } : entry),
    );
    if (entry.kind === "file") hash.update(String((await stat(entry.source)).mtimeMs));
  }
  return hash.digest("hex").slice(0, 24);
}
