import { Readable } from "node:stream";
import { createGzip } from "node:zlib";
import { Meter } from "./digest.ts";
import { MediaType } from "./descriptors.ts";
import type { Descriptor } from "./descriptors.ts";
import type { BlobSink } from "./blobs.ts";
import type { LayerTar } from "./tar/layer-tar.ts";

/** A gzip'd layer is not larger than this many bytes more than its tar. */
const GZIP_SLACK = 1024 * 1024;
/** A base of 130 MB takes half of the time that the usual level takes, for a tenth more bytes. */
const LEVEL = 1;
const CHUNK_BYTES = 256 * 1024;

export interface WrittenLayer {
  readonly descriptor: Descriptor;
  /** Of the tar, before it was compressed. */
  readonly diffId: string;
}

/**
 * Into the place. `gzip` is for what is made once and kept, such as bases: another zlib gives other bytes; without it the
 * layer is the same on every machine.
 */
export async function writeLayer(
  place: BlobSink,
  tar: LayerTar,
  options: { readonly gzip?: boolean; readonly signal?: AbortSignal } = {},
): Promise<WrittenLayer> {
  const meter = new Meter();
  const isGzip = options.gzip === true;
  const plain = meter.through(tar.bytes());
  const { digest, size } = await place.write(isGzip ? gzipped(plain) : plain, {
    maxBytes: tar.size + GZIP_SLACK,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  });
  return {
    descriptor: { mediaType: isGzip ? MediaType.LayerGzip : MediaType.Layer, digest, size },
    diffId: meter.digest,
  };
}

/** RFC 1952: no time, no name, and "unknown" as the operating system, which zlib would fill in. */
async function* gzipped(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const source = Readable.from(bytes);
  const gzip = createGzip({ level: LEVEL, chunkSize: CHUNK_BYTES });
  source.on("error", (error) => gzip.destroy(error));
  source.pipe(gzip);
  let offset = 0;
  try {
    // createGzip without an encoding yields Buffers.
    for await (const chunk of gzip as AsyncIterable<Buffer>) {
      if (offset <= 9 && 9 < offset + chunk.length) chunk[9 - offset] = 0xff;
      offset += chunk.length;
      yield chunk;
    }
  } finally {
    source.destroy();
    gzip.destroy();
  }
}
