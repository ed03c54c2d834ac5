import { createReadStream } from "node:fs";
import { mkdir, open, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { BlobSink, BlobSource } from "../blobs.ts";
import { MediaType } from "../descriptors.ts";
import { isDigest } from "../digest.ts";
import type { WrittenLayer } from "../write-layer.ts";

/** A base is smaller than this. */
const MAX_BYTES = 2 * 1024 ** 3;

/**
 * A layer that another home of this machine has made, taken from a folder they share: compressing it again takes seconds.
 * Undefined when there is none, or when it is not what it says: its bytes are checked as every other blob's.
 */
export async function takeKept(folder: string, key: string, place: BlobSink): Promise<WrittenLayer | undefined> {
  try {
    const { digest, diffId }: Partial<Record<string, unknown>> = JSON.parse(
      await readFile(join(folder, `${key}.json`), "utf8"),
    );
    if (typeof digest !== "string" || typeof diffId !== "string" || !isDigest(digest) || !isDigest(diffId))
      return undefined;
    const bytes = createReadStream(join(folder, `${key}.tar.gz`));
    const { size } = await place.write(bytes, { digest, maxBytes: MAX_BYTES });
    return { descriptor: { mediaType: MediaType.LayerGzip, digest, size }, diffId };
  } catch {
    return undefined;
  }
}

/** What cannot be kept is made again elsewhere: nobody waits for this, and nothing depends on it. */
export async function keepLayer(
  folder: string,
  key: string,
  { place, layer }: { readonly place: BlobSource; readonly layer: WrittenLayer },
): Promise<void> {
  const { digest } = layer.descriptor;
  const unfinished = join(folder, `${key}.${process.pid}.tmp`);
  try {
    // Nobody else's files are taken for ours: others cannot write here.
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const content = await place.open(digest);
    if (content === undefined) return;
    const file = await open(unfinished, "wx", 0o600);
    try {
      for await (const chunk of content.bytes) await file.write(chunk);
    } finally {
      await file.close();
    }
    await rename(unfinished, join(folder, `${key}.tar.gz`));
    await writeFile(unfinished, JSON.stringify({ digest, diffId: layer.diffId }), { mode: 0o600 });
    await rename(unfinished, join(folder, `${key}.json`));
  } catch {
    await rm(unfinished, { force: true }).catch(() => undefined);
  }
}
