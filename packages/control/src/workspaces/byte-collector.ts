import type { BlobStore, WorkspaceStore } from "@berth/store";
import { Rounds } from "../rounds.ts";

export interface ByteCollectorOptions {
  readonly store: Pick<WorkspaceStore, "collectable" | "collect">;
  readonly blobs: Pick<BlobStore, "delete">;
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

const EVERY_MS = 10 * 60_000;
/** Longer than any write takes from its reservation to its version, and any read from the version to its bytes. */
export const GRACE_MS: number = 60 * 60_000;
const BATCH = 100;
/** Of one round, so that other work on the disk and in the database gets its turn. */
const MAX_BATCHES = 100;

/**
 * Deletes bytes that no version of any organization names. Life: made → `start` → `close`. It knows bytes by what was
 * reserved in this database and never by what lies in the folder: a platform that is started with another database
 * deletes nothing. Several may run at once.
 */
export class ByteCollector {
  readonly #options: ByteCollectorOptions;
  readonly #rounds = new Rounds({ everyMs: EVERY_MS, round: async () => await this.#round() });

  constructor(options: ByteCollectorOptions) {
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
    const { store, blobs, now, log } = this.#options;
    const before = new Date(now().getTime() - GRACE_MS).toISOString();
    try {
      for (let batch = 0; batch < MAX_BATCHES; batch++) {
        const digests = await store.collectable(before, BATCH);
        for (const digest of digests) {
          if (this.#rounds.closed) return;
          await store.collect(digest, before, async () => await blobs.delete(digest));
        }
        if (digests.length === 0) return;
      }
    } catch (error) {
      log(`bytes of removed versions are not collected, will try again: ${String(error)}`);
    }
  }
}
