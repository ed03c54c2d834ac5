import {
  MAX_BUNDLE_LENGTH,
  eventLeafHash,
  formatBundle,
  keyId,
  parseEnvelope,
  parseRunReceipt,
  parseStrictJson,
  payloadOf,
  thumbprint,
} from "@berth/ledger";
import type { BundleParts } from "@berth/ledger";
import { PlatformError } from "@berth/protocol";
import type { ReceiptRecord, Store } from "@berth/store";
import { canonicalText } from "./canonical-text.ts";
import { eventSalt } from "./event-salt.ts";
import type { LedgerLog } from "./ledger-log.ts";
import { readLongLog } from "./load-runs.ts";
import { nodeSha256 } from "./node-sha256.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";

export interface BundleSources {
  readonly store: Store;
  readonly ledger: LedgerLog;
  readonly keys: ReceiptKeys;
}

// Leaves room for the envelope and the hashes of events that do not fit any more.
const MAX_DISCLOSED_LENGTH = MAX_BUNDLE_LENGTH / 2;

/** Discloses every event, oldest first, until the bundle is as large as verifiers accept; the rest as leaf hashes. */
export async function buildBundle(record: ReceiptRecord, { store, ledger, keys }: BundleSources): Promise<string> {
  const envelope = parseEnvelope(parseStrictJson(record.envelope));
  const { agent } = parseRunReceipt(payloadOf(envelope)).predicate;
  const serviceAccount = (await keys.serviceAccount(agent.id)).publicKey;
  const controlPlane = keys.controlPlane.publicKey;
  const saIndex = ledger.keyIndex(keyId("sa", serviceAccount));
  const cpIndex = ledger.keyIndex(keyId("cp", controlPlane));
  if (thumbprint(serviceAccount) !== agent.sa_key || saIndex === undefined || cpIndex === undefined) {
    throw new PlatformError("INTERNAL", "The keys that signed this receipt are no longer here.", {
      hint: "Restore the keys folder from the backup that goes with the database.",
    });
  }
  const events = await discloseEvents(record, store, keys.saltKey);
  const { checkpoint, proofs } = await ledger.proofs([record.leafIndex, saIndex, cpIndex]);
  const [receiptProof = [], saProof = [], cpProof = []] = proofs;
  return formatBundle({
    envelope,
    events,
    serviceAccount: { publicKey: serviceAccount, index: saIndex, proof: saProof },
    controlPlane: { publicKey: controlPlane, index: cpIndex, proof: cpProof },
    log: { vkey: ledger.verifierKey, checkpoint },
    receipt: { index: record.leafIndex, proof: receiptProof },
  });
}

async function discloseEvents(
  { orgId, taskId }: ReceiptRecord,
  store: Store,
  saltKey: Uint8Array,
): Promise<BundleParts["events"]> {
  let length = 0;
  return (await readLongLog(store, orgId, taskId)).map((event) => {
    const text = canonicalText(event);
    const salt = eventSalt(saltKey, taskId, event.seq);
    length += text.length;
    if (length > MAX_DISCLOSED_LENGTH) return { leaf: eventLeafHash(salt, text, nodeSha256) };
    // What was hashed, which is not the event as stored where JCS has no form for it.
    const hashed: unknown = JSON.parse(text);
    return { event: hashed, salt };
  });
}
