import { encodeBase64Url } from "./base64.ts";
import { utf8 } from "./bytes.ts";
import { webCrypto } from "./crypto.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { LedgerError } from "./ledger-error.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

/** Signs with one Ed25519 key. The private half stays with whoever implements this. */
export interface Signer {
  /** Raw, 32 bytes. */
  readonly publicKey: Uint8Array;
  sign(data: Uint8Array): Uint8Array | Promise<Uint8Array>;
}

/** RFC 8037 public key. */
export interface Ed25519Jwk {
  readonly crv: "Ed25519";
  readonly kty: "OKP";
  readonly x: string;
}

export function toJwk(publicKey: Uint8Array): Ed25519Jwk {
  return { crv: "Ed25519", kty: "OKP", x: encodeBase64Url(publicKey) };
}

/** RFC 7638 thumbprint: SHA-256 over the required members in lexical order, base64url. */
export function thumbprint(publicKey: Uint8Array, hash: Sha256 = sha256): string {
  const { crv, kty, x } = toJwk(publicKey);
  return encodeBase64Url(hash(utf8(`{"crv":"${crv}","kty":"${kty}","x":"${x}"}`)));
}

/** `sa`: an agent's service account. `cp`: the control plane. */
export type KeyRole = "sa" | "cp";

export function keyId(role: KeyRole, publicKey: Uint8Array, hash: Sha256 = sha256): string {
  return `${role}:${thumbprint(publicKey, hash)}`;
}

const PRIME = 2n ** 255n - 19n;
// y coordinates of the points whose order divides 8, sign bit aside: a signature under such a key says nothing about
// who made it, because it verifies for (almost) any message.
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([
  0n,
  1n,
  PRIME - 1n,
  0x05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826n,
  0x7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7n,
]);

/** Their lowest bytes; keys are little-endian. */
const SMALL_ORDER_ENDS: ReadonlySet<number> = new Set([...SMALL_ORDER_Y].map((y) => Number(y & 0xffn)));

/** @throws LedgerError `key` unless these are 32 bytes, the canonical encoding of a y coordinate, and not of small order. */
export function checkPublicKey(publicKey: Uint8Array): void {
  if (publicKey.length !== 32) throw new LedgerError("key", "an Ed25519 public key has 32 bytes");
  // Arithmetic only where it can matter: the last bytes of a number that is too large are all ones, and those of small
  // order end in one of five ways.
  const isLarge = publicKey[31] === 0x7f || publicKey[31] === 0xff;
  if (!isLarge && !SMALL_ORDER_ENDS.has(publicKey[0] ?? 0)) return;
  let y = 0n;
  for (const byte of publicKey.toReversed()) y = (y << 8n) | BigInt(byte);
  y &= 2n ** 255n - 1n;
  if (y >= PRIME) throw new LedgerError("key", "the public key is not in canonical form");
  if (SMALL_ORDER_Y.has(y)) throw new LedgerError("key", "the public key is of small order");
}

/** @throws LedgerError `key` for an unusable key or a signature that does not verify. */
export async function verifyEd25519(
  publicKey: Uint8Array,
  data: Uint8Array,
  signature: Uint8Array,
  crypto: VerifierCrypto = webCrypto,
): Promise<void> {
  checkPublicKey(publicKey);
  if (signature.length !== 64) throw new LedgerError("key", "an Ed25519 signature has 64 bytes");
  if (!(await crypto.verifyEd25519(publicKey, data, signature))) {
    throw new LedgerError("key", "the signature does not verify");
  }
}
