import { addendumKind, parseAddendum } from "./addendum.ts";
import type { AddendumKind, AddendumStatement } from "./addendum.ts";
import { decodeBase64 } from "./base64.ts";
import type { Checkpoint } from "./checkpoint.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { IN_TOTO_PAYLOAD_TYPE, pae, payloadOf } from "./dsse.ts";
import { keyId, verifyEd25519 } from "./ed25519.ts";
import { LedgerError } from "./ledger-error.ts";
import { contentEntry } from "./log-entry.ts";
import type { BundleAddendum, BundleKey } from "./receipt-bundle.ts";
import { keyLineage, verifyAnnouncedKey, verifyEntry } from "./verify-announced-key.ts";

export interface VerifiedAddendum {
  readonly kind: AddendumKind;
  readonly statement: AddendumStatement;
  /** Its leaf. */
  readonly index: number;
  readonly signedBy: string;
  /** Keys that the signer descends from, itself first. */
  readonly lineage: readonly string[];
}

export interface AddendumContext {
  readonly receipt: { readonly id: string; readonly contentHash: string; readonly index: number };
  /** The control plane's key that signed the receipt. */
  readonly controlPlane: BundleKey;
  readonly head: Checkpoint;
  readonly crypto: VerifierCrypto;
}

/** @throws LedgerError with the index of the first that does not hold. */
export async function verifyAddenda(
  addenda: readonly BundleAddendum[],
  context: AddendumContext,
): Promise<readonly VerifiedAddendum[]> {
  const verified: VerifiedAddendum[] = [];
  let after = context.receipt.index;
  for (const [index, addendum] of addenda.entries()) {
    try {
      // Ascending, so that none is there twice.
      if (addendum.index <= after) throw refused("it does not come after the one before it in the log");
      verified.push(await verifyAddendum(addendum, context));
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
      throw new LedgerError("addenda", `addendum ${index + 1}: ${error.message}`, { cause: error, index });
    }
    after = addendum.index;
  }
  return verified;
}

async function verifyAddendum(
  addendum: BundleAddendum,
  { receipt, controlPlane, head, crypto }: AddendumContext,
): Promise<VerifiedAddendum> {
  const { envelope, key = controlPlane, index } = addendum;
  const [signature, ...others] = envelope.signatures;
  if (envelope.payloadType !== IN_TOTO_PAYLOAD_TYPE) throw refused("the envelope is not an in-toto statement");
  if (signature === undefined || others.length > 0) throw refused("it does not have exactly one signature");
  const payload = payloadOf(envelope);
  const statement = parseAddendum(payload);
  const [subject] = statement.subject;
  if (subject?.digest.sha256 !== receipt.contentHash || subject.name !== receipt.id) {
    throw refused("it is about another receipt");
  }
  if (statement.predicate.log !== head.origin) throw refused("it names another log");
  const signedBy = keyId("cp", key.publicKey, crypto.sha256);
  if (signature.keyid !== signedBy) throw refused("it is not signed by the control plane");
  await verifyEd25519(key.publicKey, pae(envelope.payloadType, payload), decodeBase64(signature.sig), crypto);
  const kind = addendumKind(statement);
  verifyEntry(contentEntry(kind, payload, signedBy, crypto.sha256), addendum, head, crypto);
  // The receipt's own key was looked up already.
  if (addendum.key !== undefined) await verifyAnnouncedKey({ key, role: "cp", before: index, head }, crypto);
  return { kind, statement, index, signedBy, lineage: keyLineage(key, "cp", crypto) };
}

function refused(why: string): LedgerError {
  return new LedgerError("format", why);
}
