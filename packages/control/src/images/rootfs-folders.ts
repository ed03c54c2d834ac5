import { access, chmod, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { unpackImage } from "@berth/deploy";
import type { ImagePlace } from "@berth/deploy";
import { PlatformError } from "@berth/protocol";

/** Image files on disk, each image once, whoever asks for it and however many at a time. */
export class RootfsFolders {
  readonly #folderOf: (digest: string) => string;
  readonly #running = new Map<string, Promise<void>>();

  constructor(folderOf: (digest: string) => string) {
    this.#folderOf = folderOf;
  }

  /** @throws IMAGE_NOT_FOUND, CONTENT_MISMATCH, ARCHIVE_REFUSED, CANCELED */
  async unpacked(place: ImagePlace, digest: string, signal?: AbortSignal): Promise<string> {
    const folder = this.#folderOf(digest);
    if (await isThere(folder)) return folder;
    // It has its own bounds of time and size, and none of those who wait may end it for the others.
    const running = this.#running.get(digest) ?? this.#unpack(place, digest, folder);
    this.#running.set(digest, running);
    await unlessAborted(running, signal);
    return folder;
  }

  async #unpack(place: ImagePlace, digest: string, folder: string): Promise<void> {
    try {
      const parent = dirname(folder);
      await mkdir(parent, { recursive: true, mode: 0o711 });
      // Agents walk through it under uids of their own, and cannot list what others have.
      await chmod(parent, 0o711);
      await unpackImage(place, digest, folder);
    } finally {
      this.#running.delete(digest);
    }
  }
}

async function isThere(folder: string): Promise<boolean> {
  try {
    await access(folder);
    return true;
  } catch {
    return false;
  }
}

async function unlessAborted(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await work;
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(new PlatformError("CANCELED", "Waiting for the image was canceled."));
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  // When it loses the race nobody else hears of its failure.
  work.catch(() => undefined);
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
