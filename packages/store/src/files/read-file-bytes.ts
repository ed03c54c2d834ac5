import { createHash } from "node:crypto";
import { open, stat } from "node:fs/promises";
import { layerDamaged } from "../layer-errors.ts";
import type { ByteRange, LayerContent } from "../layer-store.ts";
import { unlessMissing } from "./flush-folder.ts";

const PIECE_BYTES = 256 * 1024;
const MOST_REMEMBERED = 10_000;

/** Which files were read from end to end and had their digest, as they were then. */
export class VerifiedFiles {
  readonly #stamps = new Map<string, string>();
  readonly #running = new Map<string, Promise<void>>();

  remember(digest: string, stamp: string): void {
    if (this.#stamps.size >= MOST_REMEMBERED) this.#stamps.clear();
    this.#stamps.set(digest, stamp);
  }

  /** Reads all of it unless that was done since it last changed; whoever asks meanwhile waits for the same reading. */
  async ensure(digest: string, stamp: string, read: () => Promise<void>): Promise<void> {
    if (this.#stamps.get(digest) === stamp) return;
    const key = `${digest} ${stamp}`;
    const running =
      this.#running.get(key) ??
      read().finally(() => {
        this.#running.delete(key);
      });
    this.#running.set(key, running);
    await running;
    this.remember(digest, stamp);
  }
}

/**
 * Nothing is open until somebody reads. @throws STORE_UNAVAILABLE when what is on disk is not what its name says; of the
 * whole, by the stream.
 */
export async function readFileBytes({
  file,
  digest,
  range,
  verified,
}: {
  readonly file: string;
  readonly digest: string;
  readonly range: ByteRange | undefined;
  readonly verified: VerifiedFiles;
}): Promise<LayerContent | undefined> {
  const found = await unlessMissing(stat(file));
  if (found === undefined) return undefined;
  const { size, mtimeMs, ino } = found;
  const stamp = `${size} ${mtimeMs} ${ino}`;
  if (range === undefined) {
    return { size, bytes: wholeFile({ size, digest, file }, () => verified.remember(digest, stamp)) };
  }
  await verified.ensure(digest, stamp, async () => {
    for await (const _piece of checked({ size, digest, file })) {
      // Only read.
    }
  });
  return { size, bytes: pieces(file, range.from, Math.min(range.to, size)) };
}

interface WholeFile {
  readonly size: number;
  readonly digest: string;
  readonly file: string;
}

async function* wholeFile(whole: WholeFile, done: () => void): AsyncGenerator<Uint8Array, void, undefined> {
  yield* checked(whole);
  done();
}

/** The last piece is held back until the digest of all is known: a reader never has all of what is damaged. */
async function* checked({ size, digest, file }: WholeFile): AsyncGenerator<Uint8Array, void, undefined> {
  const hash = createHash("sha256");
  let last: Uint8Array | undefined;
  let read = 0;
  for await (const piece of pieces(file, 0, size)) {
    if (last !== undefined) yield last;
    hash.update(piece);
    read += piece.length;
    last = piece;
  }
  if (read !== size || `sha256:${hash.digest("hex")}` !== digest) throw layerDamaged(digest, file);
  if (last !== undefined) yield last;
}

/** The file is closed when the reader is done, or leaves. */
async function* pieces(file: string, from: number, to: number): AsyncGenerator<Uint8Array, void, undefined> {
  const handle = await open(file);
  try {
    for (let at = from; at < to;) {
      // A new one each time: the reader may still hold the last.
      const buffer = Buffer.allocUnsafe(Math.min(PIECE_BYTES, to - at));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
      at += bytesRead;
    }
  } finally {
    await handle.close();
  }
}
