import { invalidParams } from "@berth/protocol";

/** Four of these fit into one index entry of PostgreSQL (2,704 bytes), which is the widest key we have. */
const MAX_KEY_BYTES = 512;

/** Keys are compared byte for byte by the database: NUL cannot be stored there and half a surrogate pair would change. */
export function isStorableText(value: string): boolean {
  return value.isWellFormed() && !value.includes("\u0000") && Buffer.byteLength(value) <= MAX_KEY_BYTES;
}

/**
 * Checks what becomes part of a key, before it can fail a transaction that other callers share.
 * @throws PlatformError INVALID_PARAMS naming the first field that does not fit.
 */
export function requireStorableText(fields: Readonly<Record<string, string | undefined>>): void {
  for (const [field, value] of Object.entries(fields)) {
    if (value === undefined || isStorableText(value)) continue;
    const description = `must be well-formed text without NUL, at most ${MAX_KEY_BYTES} bytes`;
    throw invalidParams([{ field, description }]);
  }
}
