import { encodeBase64, parseCheckpointText } from "@berth/ledger";
import type { LogAnchor } from "@berth/ledger";
import { PlatformError, invalidParams } from "@berth/protocol";
import type { LedgerEntry, Store } from "@berth/store";
import { nodeSha256 } from "./node-sha256.ts";

const MAX_NOTE = 16_384;
const MAX_WAITING = 1_000;
const TIMEOUT_MS = 5_000;

export interface CheckpointEntriesOptions {
  readonly store: Pick<Store, "receipts">;
  readonly now: () => Date;
  /** Somebody waits for the next seal. */
  readonly hurry: () => void;
  readonly proofOf: (leafIndex: number) => Promise<string>;
}

/** Checkpoints of other logs that become leaves of ours: who keeps the proof can show that theirs was there. */
export class CheckpointEntries {
  readonly #options: CheckpointEntriesOptions;
  /** By the hash that the leaf has. */
  readonly #waiting = new Map<string, PromiseWithResolvers<LedgerEntry>>();

  constructor(options: CheckpointEntriesOptions) {
    this.#options = options;
  }

  /**
   * Whose log it is and whether it grew is not looked at: the leaf says that it was shown here, no more.
   * @throws INVALID_PARAMS, RECEIPT_PENDING when it is not sealed in time, which it will be later.
   */
  async enter(orgId: string, note: string): Promise<LogAnchor> {
    assertCheckpoint(note);
    const { store, now, hurry, proofOf } = this.#options;
    if (this.#waiting.size >= MAX_WAITING) {
      throw new PlatformError("RECEIPT_PENDING", "Too many checkpoints wait to be sealed; try again.");
    }
    const hash = encodeBase64(nodeSha256(Buffer.from(note)));
    const waiting = this.#waiting.get(hash) ?? Promise.withResolvers<LedgerEntry>();
    this.#waiting.set(hash, waiting);
    // It may be late before anybody listens.
    waiting.promise.catch(() => undefined);
    const late = new PlatformError("RECEIPT_PENDING", "The checkpoint is being sealed; ask again.");
    const timer = setTimeout(() => waiting.reject(late), TIMEOUT_MS);
    try {
      await store.receipts.enqueue({
        orgId,
        kind: "anchor",
        ref: hash,
        payload: note,
        queuedAt: now().toISOString(),
      });
      hurry();
      const { index, data } = await waiting.promise;
      return { entry: data, proof: await proofOf(index) };
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(hash);
    }
  }

  sealed(entries: readonly LedgerEntry[]): void {
    if (this.#waiting.size === 0) return;
    for (const entry of entries.filter(({ data }) => data.includes('"k":"anchor"'))) {
      for (const [hash, { resolve }] of this.#waiting) if (entry.data.includes(`"h":"${hash}"`)) resolve(entry);
    }
  }
}

/** @throws INVALID_PARAMS */
function assertCheckpoint(note: string): void {
  const split = note.lastIndexOf("\n\n");
  try {
    if (note.length <= MAX_NOTE && split > 0 && note.isWellFormed()) {
      parseCheckpointText(note.slice(0, split + 1));
      if (/^(— [^ ]+ [A-Za-z0-9+/]+={0,2}\n)+$/.test(note.slice(split + 2))) return;
    }
  } catch {
    // It is not: said below.
  }
  throw invalidParams([
    { field: "body", description: `must be a signed checkpoint of at most ${MAX_NOTE} characters` },
  ]);
}
