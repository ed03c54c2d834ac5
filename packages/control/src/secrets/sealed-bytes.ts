import { createCipheriv, createDecipheriv } from "node:crypto";

const CIPHER = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

export type RandomBytes = (length: number) => Uint8Array;

/** nonce ‖ ciphertext ‖ tag. It opens under the same key and context only. */
export function sealBytes(
  plain: Uint8Array,
  {
    key,
    context,
    randomBytes,
  }: { readonly key: Uint8Array; readonly context: string; readonly randomBytes: RandomBytes },
): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce).setAAD(Buffer.from(context));
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** @throws Error when it was sealed under another key or context, or was changed since. */
export function openBytes(
  sealed: Uint8Array,
  { key, context }: { readonly key: Uint8Array; readonly context: string },
): Buffer {
  if (sealed.length < NONCE_BYTES + TAG_BYTES) throw new Error("what is sealed is longer than this");
  const decipher = createDecipheriv(CIPHER, key, sealed.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(Buffer.from(context)).setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}
