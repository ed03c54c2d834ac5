import { utf8 } from "./bytes.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { keyId } from "./ed25519.ts";
import type { KeyRole } from "./ed25519.ts";
import { keyEntry, verifyKeyVoucher } from "./key-announcement.ts";
import { LedgerError } from "./ledger-error.ts";
import { leafHash } from "./merkle-hash.ts";
import { verifyInclusion } from "./merkle-verify.ts";
import type { BundleKey, LogPosition } from "./receipt-bundle.ts";

export interface AnnouncedKeyClaim {
  readonly key: BundleKey;
  readonly role: KeyRole;
  /** Of a service account. */
  readonly agentId?: string;
  /** Leaf of the key's first use that is known. */
  readonly before: number;
  readonly head: Checkpoint;
}

/**
 * The key stands in the log from before its use, and where it took over from another, that one signed and stands there
 * too. @throws LedgerError.
 */
export async function verifyAnnouncedKey(claim: AnnouncedKeyClaim, crypto: VerifierCrypto): Promise<void> {
  const { key, role, agentId, before, head } = claim;
  if (key.index >= before) {
    throw new LedgerError("format", "the key was used before it was announced in the log");
  }
  const announced = {
    role,
    publicKey: key.publicKey,
    origin: head.origin,
    ...(agentId === undefined ? {} : { agentId }),
  };
  const { prior } = key;
  if (prior === undefined) return verifyEntry(keyEntry(announced, crypto.sha256), key, head, crypto);
  const by = { role, publicKey: prior.key.publicKey, signature: prior.signature };
  await verifyKeyVoucher("rotate", announced, by, crypto);
  verifyEntry(keyEntry(announced, crypto.sha256, { op: "rotate", by }), key, head, crypto);
  await verifyAnnouncedKey({ ...claim, key: prior.key, before: key.index }, crypto);
}

/** Ids of a key and of those it took over from, the newest first. */
export function keyLineage(key: BundleKey, role: KeyRole, crypto: VerifierCrypto): readonly string[] {
  const ids: string[] = [];
  for (let at: BundleKey | undefined = key; at !== undefined; at = at.prior?.key) {
    ids.push(keyId(role, at.publicKey, crypto.sha256));
  }
  return ids;
}

/** @throws LedgerError `merkle`. */
export function verifyEntry(
  entry: string,
  { index, proof }: LogPosition,
  { size, root }: Checkpoint,
  { sha256 }: VerifierCrypto,
): void {
  verifyInclusion({ index, size, leafHash: leafHash(utf8(entry), sha256), proof, root }, sha256);
}
