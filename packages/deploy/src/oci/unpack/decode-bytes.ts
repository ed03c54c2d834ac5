import { Readable, pipeline } from "node:stream";
import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { PlatformError } from "@berth/protocol";

const GZIP = [0x1f, 0x8b];
const ZSTD = [0x28, 0xb5, 0x2f, 0xfd];
/** A frame may ask for a window of this many bits at most: 128 MiB (RFC 8878 §3.1.1.1.2 recommends 8 MiB). */
const MAX_ZSTD_WINDOW_LOG = 27;
const CHUNK_BYTES = 256 * 1024;

/** What the bytes are is seen in the first of them: media types are often wrong, and cannot be trusted either. */
export async function* decodeBytes(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = bytes[Symbol.asyncIterator]();
  let isOver = false;
  try {
    let start = Buffer.alloc(0);
    while (start.length < ZSTD.length && !isOver) {
      const next = await iterator.next();
      if (next.done === true) isOver = true;
      else start = Buffer.concat([start, next.value]);
    }
    const decoder = decoderFor(start);
    const all = rest(start, iterator);
    if (decoder === undefined) yield* all;
    else yield* decoded(all, decoder);
  } finally {
    if (!isOver) await iterator.return?.();
  }
}

function decoderFor(start: Buffer): Transform | undefined {
  if (GZIP.every((byte, at) => start[at] === byte)) return zlib.createGunzip({ chunkSize: CHUNK_BYTES });
  if (!ZSTD.every((byte, at) => start[at] === byte)) return undefined;
  // Node has it since 22.15: the CLI, which never unpacks images, also runs on 20.
  const params = { [zlib.constants.ZSTD_d_windowLogMax]: MAX_ZSTD_WINDOW_LOG };
  return zlib.createZstdDecompress({ params, chunkSize: CHUNK_BYTES });
}

async function* rest(start: Uint8Array, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start;
  for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
}

async function* decoded(bytes: AsyncIterable<Uint8Array>, decoder: Transform): AsyncGenerator<Uint8Array> {
  let sourceError: unknown;
  const source = Readable.from(watched());
  pipeline(source, decoder, () => undefined);
  try {
    // No encoding was set: the chunks are Buffers.
    for await (const chunk of decoder as AsyncIterable<Buffer>) yield chunk;
  } catch (error) {
    // What the source threw is about the source, not about the compression.
    if (sourceError !== undefined) throw sourceError;
    const detail = error instanceof Error ? error.message : String(error);
    throw new PlatformError("ARCHIVE_REFUSED", `The archive is damaged: ${detail}.`, { cause: error });
  } finally {
    source.destroy();
    decoder.destroy();
  }

  async function* watched(): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes;
    } catch (error) {
      sourceError = error;
      throw error;
    }
  }
}
