import { verifyCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { formatVerifierKey } from "./signed-note.ts";
import type { NoteKey } from "./signed-note.ts";

const MAX_REMEMBERED = 64;

/** Remembers which checkpoints hold, byte for byte and by key: bundles that were made together all carry the same one. */
export class CheckpointMemory {
  readonly #known: Map<string, Checkpoint> = new Map();

  /** @throws LedgerError `note` or `key`. */
  async verify(note: string, key: NoteKey, crypto: VerifierCrypto): Promise<Checkpoint> {
    const name = `${formatVerifierKey(key)}\n${note}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const checkpoint = await verifyCheckpoint(note, key, crypto);
    if (this.#known.size >= MAX_REMEMBERED) this.#known.clear();
    this.#known.set(name, checkpoint);
    return checkpoint;
  }
}
