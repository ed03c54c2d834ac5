import { encodeBase64 } from "./base64.ts";
import { utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { keyId, toJwk } from "./ed25519.ts";
import type { Ed25519Jwk, KeyRole } from "./ed25519.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

/** One leaf's data. Safe to publish: `h` is the hash of a salted statement. */
export interface LogEntry {
  /** Base64 SHA-256 of the content the entry stands for. */
  readonly h: string;
  readonly k: "receipt" | "key";
  /** Key id: of the key that is announced, or of the control plane for a receipt (the agent's would tell who runs how much). */
  readonly s: string;
  readonly v: 1;
}

export function encodeLogEntry(entry: LogEntry): string {
  return canonicalJson(entry);
}

export function receiptEntry(payload: Uint8Array, controlPlaneKeyId: string, hash: Sha256 = sha256): string {
  return encodeLogEntry({ h: encodeBase64(hash(payload)), k: "receipt", s: controlPlaneKeyId, v: 1 });
}

/** Announces a key in the log before its first use. Made of public facts only, so anyone who has them can recompute it. */
export interface KeyAnnouncement {
  /** Agent of a service account; absent for the control plane. */
  readonly agent?: string;
  readonly jwk: Ed25519Jwk;
  readonly log: string;
  readonly op: "issue";
  readonly role: KeyRole;
  readonly v: 1;
}

export interface AnnouncedKey {
  readonly role: KeyRole;
  readonly publicKey: Uint8Array;
  readonly origin: string;
  readonly agentId?: string;
}

export function keyEntry({ role, publicKey, origin, agentId }: AnnouncedKey, hash: Sha256 = sha256): string {
  const announcement: KeyAnnouncement = {
    ...(agentId === undefined ? {} : { agent: agentId }),
    jwk: toJwk(publicKey),
    log: origin,
    op: "issue",
    role,
    v: 1,
  };
  const h = encodeBase64(hash(utf8(canonicalJson(announcement))));
  return encodeLogEntry({ h, k: "key", s: keyId(role, publicKey), v: 1 });
}
