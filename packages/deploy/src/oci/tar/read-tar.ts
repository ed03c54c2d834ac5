import { PlatformError } from "@berth/protocol";
import { extract } from "tar-stream";
import type { Header } from "tar-stream";
import { feedTar } from "../../unpack/feed-tar.ts";

/** Headers and padding of an honest entry come to less. */
const OVERHEAD_PER_ENTRY = 16 * 1024;
/** What the streams hold, extended attributes, and the zeros at the end. */
const OVERHEAD_SLACK = 8 * 1024 * 1024;

export interface ReadEntry {
  readonly header: Header;
  /** Read it to the end, or leave it: what is left is passed over. */
  readonly content: AsyncIterable<Uint8Array>;
}

/**
 * The entries of a hostile tar, one after the other. Their names and sizes are as the tar has them; how much there is
 * besides what entries declare is bounded, so that headers cannot fill the memory.
 * @throws ARCHIVE_REFUSED
 */
export async function* readTar(
  bytes: AsyncIterable<Uint8Array>,
  /** Told how many bytes of the tar were read; throws to stop. */
  onRead: (total: number) => void = () => undefined,
): AsyncGenerator<ReadEntry> {
  const tar = extract();
  let [allowed, failure]: [number, unknown] = [OVERHEAD_SLACK, undefined];
  const feeding = feedTar(bytes, tar, (total) => {
    onRead(total);
    if (total > allowed)
      throw new PlatformError("ARCHIVE_REFUSED", "The archive holds far more than the files it declares.");
  }).catch((error: unknown) => {
    failure = error;
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  try {
    for await (const entry of tar) {
      const { header } = entry;
      if (!Number.isSafeInteger(header.size) || header.size < 0) {
        throw new PlatformError("ARCHIVE_REFUSED", "The archive holds a file of no possible size.");
      }
      allowed += header.size + OVERHEAD_PER_ENTRY;
      // tar-stream yields the Buffers that it was fed.
      yield { header, content: contentOf(entry as AsyncIterable<Buffer>, () => failure) };
      entry.resume();
    }
  } catch (error) {
    throw asRefused(error, failure);
  } finally {
    tar.destroy();
    await feeding;
  }
}

async function* contentOf(entry: AsyncIterable<Uint8Array>, failure: () => unknown): AsyncGenerator<Uint8Array> {
  try {
    yield* entry;
  } catch (error) {
    throw asRefused(error, failure());
  }
}

/** What broke the feeding says more than the parser that was fed. */
function asRefused(error: unknown, failure: unknown): unknown {
  if (failure !== undefined) return failure;
  if (error instanceof PlatformError) return error;
  const detail = error instanceof Error ? error.message : String(error);
  return new PlatformError("ARCHIVE_REFUSED", `The archive is not a whole tar: ${detail}.`, { cause: error });
}
