import { createHmac } from "node:crypto";
import { EVENT_SALT_BYTES } from "@berth/ledger";

/** What salts are made from. */
export interface SaltSource {
  /** The installation's. */
  readonly key: Uint8Array;
  /** The run's own, kept with its receipt; absent of runs that were sealed before there were any. */
  readonly seed: string | undefined;
}

/**
 * Derived, not stored: a bundle can disclose any event later. Without the seed no one can make them again, whoever has
 * the key: what was erased cannot be guessed from its leaf. Erasing the key does that to all runs at once.
 */
export function eventSalt({ key, seed }: SaltSource, taskId: string, seq: number): Uint8Array {
  const form = seed === undefined ? "v1" : `v2\n${seed}`;
  return createHmac("sha256", key)
    .update(`berth event salt ${form}\n${taskId}\n${seq}`)
    .digest()
    .subarray(0, EVENT_SALT_BYTES);
}
