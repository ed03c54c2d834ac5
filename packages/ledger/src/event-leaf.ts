import { concatBytes, utf8 } from "./bytes.ts";
import { leafHash } from "./merkle-hash.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

export const EVENT_SALT_BYTES = 16;

/**
 * Leaf of one event in a receipt's event tree: SHA-256(0x00 || salt || JCS(event)). The salt keeps an event that is
 * not disclosed from being guessed.
 */
export function eventLeafHash(salt: Uint8Array, canonicalEvent: string, hash: Sha256 = sha256): Uint8Array {
  return leafHash(concatBytes(salt, utf8(canonicalEvent)), hash);
}
