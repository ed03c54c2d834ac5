import { pack } from "tar-stream";
import type { Header } from "tar-stream";
import { MediaType } from "../descriptors.ts";
import type { Descriptor } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { readAll } from "../read-all.ts";
import { writeImage } from "../write-image.ts";
import type { MemoryPlace } from "./memory-place.ts";

/** One entry of a tar as tar-stream writes it, however odd it is. */
export type TarItem = readonly [header: Partial<Header> & { readonly name: string }, content?: string | Uint8Array];

export async function tarOf(items: readonly TarItem[]): Promise<Uint8Array> {
  const tar = pack();
  for (const [header, content = ""] of items) tar.entry({ ...header }, Buffer.from(content));
  tar.finalize();
  // tar-stream yields Buffers.
  return await readAll(tar as AsyncIterable<Buffer>, 1e9, "the tar");
}

/** An image of these tars; `diffIds` for one that lies. */
export async function imageOf(
  place: MemoryPlace,
  layers: readonly Uint8Array[],
  encode: (tar: Uint8Array) => Uint8Array = (tar) => tar,
  diffIds: readonly string[] = layers.map(digestOf),
): Promise<string> {
  const descriptors: Descriptor[] = [];
  for (const tar of layers) descriptors.push({ mediaType: MediaType.LayerGzip, ...(await place.put(encode(tar))) });
  const rootfs = { type: "layers", diff_ids: diffIds } as const;
  return (await writeImage(place, { os: "linux", architecture: "amd64", rootfs }, descriptors)).digest;
}
