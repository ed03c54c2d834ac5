import { decodeBase64, decodeBase64Url, keyId } from "@berth/ledger";
import type { BundleKey, KeyRole } from "@berth/ledger";
import { PlatformError } from "@berth/protocol";
import type { LedgerKeyRecord, Store } from "@berth/store";
import type { LedgerLog } from "./ledger-log.ts";
import { nodeSha256 } from "./node-sha256.ts";

/** A key of a bundle before its audit path is known. */
export interface PlacedKey {
  readonly publicKey: Uint8Array;
  readonly index: number;
  readonly prior?: { readonly key: PlacedKey; readonly signature: Uint8Array };
}

/** Finds the keys that signed something by their ids, with those they took over from. */
export class BundleKeys {
  readonly #store: Pick<Store, "receipts">;
  readonly #ledger: LedgerLog;
  /** Of one bundle: its addenda are mostly by one key. */
  readonly #found: Map<string, Promise<PlacedKey>> = new Map();

  constructor(store: Pick<Store, "receipts">, ledger: LedgerLog) {
    this.#store = store;
    this.#ledger = ledger;
  }

  /**
   * `current`: the role's key of today, for those that were announced before the store kept announcements.
   * @throws PlatformError INTERNAL when the key is neither here nor there.
   */
  async find(id: string, role: KeyRole, current: Uint8Array): Promise<PlacedKey> {
    const found = this.#found.get(id) ?? this.#read(id, role, current);
    this.#found.set(id, found);
    return await found;
  }

  async #read(id: string, role: KeyRole, current: Uint8Array): Promise<PlacedKey> {
    const record = beginOf(await this.#store.receipts.ledgerKey(id));
    if (record === undefined) return this.#placeCurrent(id, role, current);
    const publicKey = decodeBase64Url(record.publicKey);
    const { by } = record;
    if (record.op !== "rotate" || by === undefined) return { publicKey, index: record.leafIndex };
    const priorId = keyId(role, decodeBase64Url(by.publicKey), nodeSha256);
    const prior = { key: await this.find(priorId, role, current), signature: decodeBase64(by.signature) };
    return { publicKey, index: record.leafIndex, prior };
  }

  #placeCurrent(id: string, role: KeyRole, publicKey: Uint8Array): PlacedKey {
    const index = this.#ledger.keyIndex(id);
    if (index !== undefined && keyId(role, publicKey, nodeSha256) === id) return { publicKey, index };
    throw new PlatformError("INTERNAL", "The keys that signed this receipt are no longer here.", {
      hint: "Restore the keys folder from the backup that goes with the database.",
    });
  }
}

/** What began it; that it was revoked a bundle does not show. */
function beginOf(records: readonly LedgerKeyRecord[]): LedgerKeyRecord | undefined {
  return records.findLast(({ op }) => op !== "revoke");
}

/** Leaves of a key and of all before it. */
export function leavesOf(key: PlacedKey): readonly number[] {
  return [key.index, ...(key.prior === undefined ? [] : leavesOf(key.prior.key))];
}

export function toBundleKey(key: PlacedKey, proofOf: (index: number) => readonly Uint8Array[]): BundleKey {
  const { publicKey, index, prior } = key;
  const proven = { publicKey, index, proof: proofOf(index) };
  if (prior === undefined) return proven;
  return { ...proven, prior: { key: toBundleKey(prior.key, proofOf), signature: prior.signature } };
}
