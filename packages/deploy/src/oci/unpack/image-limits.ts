import { PlatformError } from "@berth/protocol";

/** What unpacking somebody's image may cost. */
export interface ImageLimits {
  readonly maxLayers: number;
  readonly maxEntries: number;
  /** Of all files of all layers, unpacked. */
  readonly maxBytes: number;
  /** How many times its size a layer may unpack to, beyond the first MiB. */
  readonly maxRatio: number;
  readonly maxPathLength: number;
  readonly maxDepth: number;
  readonly timeoutMs: number;
}

export const IMAGE_LIMITS: ImageLimits = {
  maxLayers: 128,
  maxEntries: 300_000,
  maxBytes: 8 * 1024 ** 3,
  maxRatio: 200,
  maxPathLength: 4_096,
  maxDepth: 128,
  timeoutMs: 300_000,
};

/** Keeps count over all layers of an image; everything that goes too far throws. */
export class ImageBudget {
  readonly limits: ImageLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #deadline: number;
  #entries = 0;
  #bytes = 0;

  constructor(limits: ImageLimits, signal: AbortSignal | undefined) {
    this.limits = limits;
    this.#signal = signal;
    this.#deadline = performance.now() + limits.timeoutMs;
  }

  /** @throws CANCELED, ARCHIVE_REFUSED */
  checkTime(): void {
    if (this.#signal?.aborted === true) throw new PlatformError("CANCELED", "Unpacking the image was canceled.");
    if (performance.now() > this.#deadline) throw refused("The image takes too long to unpack.");
  }

  addEntry(size: number): void {
    this.#entries += 1;
    if (this.#entries > this.limits.maxEntries)
      throw refused(`The image holds more than ${this.limits.maxEntries} files.`);
    if (!Number.isSafeInteger(size) || size < 0) throw refused("The image holds a file of no possible size.");
    this.#bytes += size;
    if (this.#bytes > this.limits.maxBytes) {
      throw refused(`The image unpacks to more than ${Math.floor(this.limits.maxBytes / 1048576)} MiB.`);
    }
  }

  checkRatio(unpacked: number, packed: number): void {
    if (unpacked > 1024 * 1024 + packed * this.limits.maxRatio) {
      throw refused("A layer of the image unpacks to far more than its size; it looks like a decompression bomb.");
    }
  }
}

export function refused(message: string, cause?: unknown): PlatformError {
  return new PlatformError("ARCHIVE_REFUSED", message, cause === undefined ? {} : { cause });
}
