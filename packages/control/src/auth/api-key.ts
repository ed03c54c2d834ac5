import { createHmac, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/**
 * `berth_sk_<id 10><_><secret 32><crc32 6>`, base62: the checksum lets a scanner or a typo be told from a key without
 * asking anybody (research note security §3.2). Published pattern: API_KEY_PATTERN.
 */
export const API_KEY_PATTERN: RegExp = /^berth_sk_([0-9A-Za-z]{10})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

export interface NewApiKey {
  readonly keyId: string;
  readonly secret: string;
  /** The whole key, shown once. */
  readonly key: string;
}

export function createApiKey(randomBytes: (length: number) => Uint8Array): NewApiKey {
  const keyId = randomBase62(10, randomBytes);
  const secret = randomBase62(32, randomBytes);
  return { keyId, secret, key: `berth_sk_${keyId}_${secret}${checksum(keyId, secret)}` };
}

/** Undefined for anything that is not a key of ours, wrong checksum included. */
export function parseApiKey(text: string): { readonly keyId: string; readonly secret: string } | undefined {
  const match = API_KEY_PATTERN.exec(text);
  const [, keyId, secret, sum] = match ?? [];
  if (keyId === undefined || secret === undefined || sum !== checksum(keyId, secret)) return undefined;
  return { keyId, secret };
}

/** No slow hash: 190 random bits cannot be guessed. */
export function hashSecret(pepper: Uint8Array, secret: string): string {
  return createHmac("sha256", pepper).update(secret).digest("hex");
}

export function sameHash(left: string, right: string): boolean {
  const a = Buffer.from(left, "hex");
  const b = Buffer.from(right, "hex");
  return a.length === b.length && timingSafeEqual(a, b);
}

function checksum(keyId: string, secret: string): string {
  let rest = crc32(`${keyId}_${secret}`);
  let text = "";
  for (let i = 0; i < 6; i++) {
    text = (BASE62[rest % 62] ?? "0") + text;
    rest = Math.floor(rest / 62);
  }
  return text;
}

/** Rejection sampling: every character is equally likely. */
function randomBase62(length: number, randomBytes: (length: number) => Uint8Array): string {
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length)) {
      if (byte < 248 && text.length < length) text += BASE62[byte % 62] ?? "";
    }
  }
  return text;
}
