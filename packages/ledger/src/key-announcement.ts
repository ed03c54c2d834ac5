import { encodeBase64 } from "./base64.ts";
import { utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { webCrypto } from "./crypto.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { pae } from "./dsse.ts";
import { keyId, toJwk, verifyEd25519 } from "./ed25519.ts";
import type { Ed25519Jwk, KeyRole, Signer } from "./ed25519.ts";
import { encodeLogEntry } from "./log-entry.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

/**
 * What a key's log entry stands for: the hash of this, as JCS. Made of public facts only, so that anyone who has them
 * can recompute it. A key is announced before its first use.
 */
export interface KeyAnnouncement {
  /** Agent of a service account; absent for the control plane. */
  readonly agent?: string;
  readonly jwk: Ed25519Jwk;
  readonly log: string;
  readonly op: "issue" | "rotate" | "revoke";
  readonly role: KeyRole;
  readonly v: 1;
  /** `rotate`: id of the key that this one takes over from. `revoke`: of the key that says so. It signs the text. */
  readonly by?: string;
}

export interface AnnouncedKey {
  readonly role: KeyRole;
  readonly publicKey: Uint8Array;
  readonly origin: string;
  readonly agentId?: string;
}

/** Who vouches for a rotation or a revocation. A rotation is signed by the key before. */
export interface KeyVoucher {
  readonly role: KeyRole;
  readonly publicKey: Uint8Array;
  readonly signature: Uint8Array;
}

export type VouchedOperation = "rotate" | "revoke";

/** Payload type of what a voucher signs: it cannot be taken for a receipt. */
export const KEY_ANNOUNCEMENT_TYPE = "application/vnd.berth.key-announcement+json";

/** The text whose hash is in the log. */
export function encodeKeyAnnouncement(
  { role, publicKey, origin, agentId }: AnnouncedKey,
  vouched?: { readonly op: VouchedOperation; readonly by: Pick<KeyVoucher, "role" | "publicKey"> },
  hash: Sha256 = sha256,
): string {
  const announcement: KeyAnnouncement = {
    ...(agentId === undefined ? {} : { agent: agentId }),
    ...(vouched === undefined ? {} : { by: keyId(vouched.by.role, vouched.by.publicKey, hash) }),
    jwk: toJwk(publicKey),
    log: origin,
    op: vouched?.op ?? "issue",
    role,
    v: 1,
  };
  return canonicalJson(announcement);
}

/** Entry of a key; with `vouched`, one that takes over from another, or ends. */
export function keyEntry(
  key: AnnouncedKey,
  hash: Sha256 = sha256,
  vouched?: Parameters<typeof encodeKeyAnnouncement>[1],
): string {
  const h = encodeBase64(hash(utf8(encodeKeyAnnouncement(key, vouched, hash))));
  return encodeLogEntry({ h, k: "key", s: keyId(key.role, key.publicKey, hash), v: 1 });
}

/** `rotate`: `signer` is the key before, in the same role. `revoke`: any key that may, such as the control plane's. */
export async function vouchForKey(
  op: VouchedOperation,
  key: AnnouncedKey,
  { role, signer }: { readonly role: KeyRole; readonly signer: Signer },
): Promise<KeyVoucher> {
  const by = { role, publicKey: signer.publicKey };
  const signature = await signer.sign(signedBytes(encodeKeyAnnouncement(key, { op, by })));
  return { ...by, signature };
}

/** @throws LedgerError `key`. */
export async function verifyKeyVoucher(
  op: VouchedOperation,
  key: AnnouncedKey,
  by: KeyVoucher,
  crypto: VerifierCrypto = webCrypto,
): Promise<void> {
  const signed = signedBytes(encodeKeyAnnouncement(key, { op, by }, crypto.sha256));
  await verifyEd25519(by.publicKey, signed, by.signature, crypto);
}

function signedBytes(announcement: string): Uint8Array {
  return pae(KEY_ANNOUNCEMENT_TYPE, utf8(announcement));
}
