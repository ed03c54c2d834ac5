import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { isPlatformError } from "@berth/protocol";
import { layerTooLarge, writeCanceled } from "../layer-errors.ts";

export interface Drained {
  /** Of what is in the file now. */
  readonly size: number;
  readonly hash: Hash;
  /** Why it ended early; what came until then is in the file. */
  readonly broken?: unknown;
}

/**
 * Into the file from `from` on, one piece after another: the next is asked for when the last one is written, so that a
 * fast sender waits for the disk.
 */
export async function drain(
  bytes: AsyncIterable<Uint8Array>,
  {
    handle,
    from,
    maxBytes,
    signal,
    hash = createHash("sha256"),
  }: {
    readonly handle: FileHandle;
    readonly from: number;
    readonly maxBytes: number;
    readonly signal: AbortSignal | undefined;
    /** Of what is before `from`. */
    readonly hash?: Hash;
  },
): Promise<Drained> {
  let size = from;
  const pieces = bytes[Symbol.asyncIterator]();
  try {
    for (;;) {
      const { done, value } = await nextOf(pieces, signal);
      if (done === true) return { size, hash };
      if (size + value.length > maxBytes) throw layerTooLarge(maxBytes);
      await writeAll(handle, value, size);
      hash.update(value);
      size += value.length;
    }
  } catch (error) {
    await leave(pieces);
    return { size, hash, broken: isPlatformError(error) || isFileError(error) ? error : writeCanceled(error) };
  }
}

/** The next piece, or the end of waiting for it. */
async function nextOf(
  pieces: AsyncIterator<Uint8Array>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<Uint8Array, unknown>> {
  if (signal === undefined) return await pieces.next();
  if (signal.aborted) throw writeCanceled(signal.reason);
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(writeCanceled(signal.reason));
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([pieces.next(), aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/** Not waited for: an iterator that hangs in `next` would hang here too. */
async function leave(pieces: AsyncIterator<Uint8Array>): Promise<void> {
  void pieces.return?.().catch(() => undefined);
}

async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length;) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done, at + done);
    done += bytesWritten;
  }
}

/** Of the disk, not of whoever sends. */
function isFileError(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "write" && "errno" in error;
}
