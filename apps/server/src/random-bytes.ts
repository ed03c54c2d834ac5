import { randomFillSync } from "node:crypto";

const POOL_BYTES = 8_192;
let pool = new Uint8Array(POOL_BYTES);
let used = POOL_BYTES;

/** Random bytes from a pool that is filled at once: ids take ten at a time, and each call to the system costs microseconds. */
export function randomBytes(length: number): Uint8Array {
  if (length > POOL_BYTES / 8) return randomFillSync(new Uint8Array(length));
  if (used + length > POOL_BYTES) {
    // A fresh pool, not the old one filled again: what was handed out stays as it is.
    pool = randomFillSync(new Uint8Array(POOL_BYTES));
    used = 0;
  }
  used += length;
  return pool.subarray(used - length, used);
}
