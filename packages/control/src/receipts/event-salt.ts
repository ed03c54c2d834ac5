import { createHmac } from "node:crypto";
import { EVENT_SALT_BYTES } from "@berth/ledger";

/** Derived, not stored: a bundle can disclose any event later, and erasing the key makes all of them unguessable for good. */
export function eventSalt(saltKey: Uint8Array, taskId: string, seq: number): Uint8Array {
  return createHmac("sha256", saltKey)
    .update(`berth event salt v1\n${taskId}\n${seq}`)
    .digest()
    .subarray(0, EVENT_SALT_BYTES);
}
