import type { LayerStore, Store } from "@berth/store";
import type { ImageLimits } from "./image-limits.ts";
import { Rounds } from "../rounds.ts";

export interface ImageCollectorOptions {
  readonly store: Pick<Store, "images">;
  readonly layers: LayerStore;
  readonly limits: ImageLimits;
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

const EVERY_MS = 10 * 60_000;
const BATCH = 100;
/** Of one round, so that other work on the disk and in the database gets its turn. */
const MAX_BATCHES = 50;

/**
 * Drops uploads that nobody finishes, forgets blobs that no manifest names, and deletes bytes that no repository of any
 * organization has. Life: made → `start` → `close`. Whatever was linked or written less than the grace ago stays: a push
 * sends its blobs first and its manifest last. It knows bytes by
 * what is written down in this database and never by what lies in the folder: a platform that is started with another
 * database deletes nothing.
 */
export class ImageCollector {
  readonly #options: ImageCollectorOptions;
  readonly #rounds = new Rounds({ everyMs: EVERY_MS, round: async () => await this.#round() });

  constructor(options: ImageCollectorOptions) {
    this.#options = options;
  }

  start(): void {
    this.#rounds.start();
  }

  /** One round, or the rest of the one under way. Never throws. */
  async collect(): Promise<void> {
    await this.#rounds.run();
  }

  /** Lets what is under way end. Twice is harmless. */
  async close(): Promise<void> {
    await this.#rounds.close();
  }

  async #round(): Promise<void> {
    const { store, layers, limits, now, log } = this.#options;
    const before = new Date(now().getTime() - limits.graceMs);
    const remove = async (digest: string): Promise<unknown> => await layers.delete(digest, before);
    try {
      await layers.dropUploads(new Date(now().getTime() - limits.uploadMs));
      for (let batch = 0; batch < MAX_BATCHES && !this.#rounds.closed; batch++) {
        if ((await store.images.collect(before.toISOString(), BATCH, remove)) < BATCH) return;
      }
    } catch (error) {
      log(`collecting images: ${String(error)}`);
    }
  }
}
