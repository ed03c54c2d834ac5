import { PlatformError } from "@berth/protocol";
import type { BlobSink, BlobSource } from "./blobs.ts";
import type { Descriptor } from "./descriptors.ts";
import { imageNotFound } from "./read-image.ts";

export interface CopyOptions {
  readonly signal?: AbortSignal;
  readonly log?: (line: string) => void;
  /** How often a blob is begun anew after a failure that may pass. Default 3. */
  readonly attempts?: number;
}

const ATTEMPTS = 3;

/** What is there already is not copied. Gives how many bytes were. @throws IMAGE_NOT_FOUND, CONTENT_MISMATCH, CANCELED */
export async function copyBlobs(
  from: BlobSource,
  to: BlobSink,
  descriptors: readonly Descriptor[],
  options: CopyOptions = {},
): Promise<number> {
  let copied = 0;
  const seen = new Set<string>();
  for (const descriptor of descriptors) {
    if (seen.has(descriptor.digest)) continue;
    seen.add(descriptor.digest);
    if (options.signal?.aborted === true) throw new PlatformError("CANCELED", "Copying the image was canceled.");
    if ((await to.size(descriptor.digest)) === descriptor.size) continue;
    await copyBlob(from, to, descriptor, options);
    copied += descriptor.size;
    options.log?.(`${descriptor.digest.slice(7, 19)} ${Math.ceil(descriptor.size / 1024)} KiB`);
  }
  return copied;
}

async function copyBlob(from: BlobSource, to: BlobSink, descriptor: Descriptor, options: CopyOptions): Promise<void> {
  const { digest, size } = descriptor;
  const { attempts = ATTEMPTS, signal } = options;
  for (let attempt = 1; ; attempt += 1) {
    try {
      const content = await from.open(digest);
      if (content === undefined) throw imageNotFound(digest);
      await to.write(content.bytes, { digest, maxBytes: size, ...(signal === undefined ? {} : { signal }) });
      return;
    } catch (error) {
      const mayPass = error instanceof PlatformError && error.retryable && signal?.aborted !== true;
      if (!mayPass || attempt >= attempts) throw error;
    }
  }
}
