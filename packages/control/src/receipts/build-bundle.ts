import {
  MAX_BUNDLE_LENGTH,
  eventLeafHash,
  formatBundle,
  keyId,
  parseEnvelope,
  parseRunReceipt,
  parseStrictJson,
  payloadOf,
} from "@berth/ledger";
import type { BundleParts, DsseEnvelope, EventChoice } from "@berth/ledger";
import { leafOfErased } from "./erase-run.ts";
import type { AddendumRecord, ReceiptRecord, Store } from "@berth/store";
import type { CosignedCheckpoint } from "../witness/ask-witnesses.ts";
import { BundleKeys, leavesOf, toBundleKey } from "./bundle-keys.ts";
import type { PlacedKey } from "./bundle-keys.ts";
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
  /** What witnesses have signed; bundles lead to it where it has their leaves. */
  readonly cosigned?: CosignedCheckpoint | undefined;
  /** Which events to disclose. */
  readonly events: EventChoice;
}

// Leaves room for the envelope and the hashes of events that do not fit any more.
const MAX_DISCLOSED_LENGTH = MAX_BUNDLE_LENGTH / 2;

/**
 * Everything about a receipt that its verifier needs. Discloses the chosen events, oldest first, until the bundle is as
 * large as verifiers accept; of the rest only the leaf hashes.
 */
export async function buildBundle(record: ReceiptRecord, sources: BundleSources): Promise<string> {
  const { store, ledger, keys } = sources;
  const envelope = parseEnvelope(parseStrictJson(record.envelope));
  const { agent, events: signed } = parseRunReceipt(payloadOf(envelope)).predicate;
  const currentAccount = (await keys.serviceAccount(agent.id)).publicKey;
  const currentPlane = keys.controlPlane.publicKey;
  const known = new BundleKeys(store, ledger);
  const serviceAccount = await known.find(`sa:${agent.sa_key}`, "sa", currentAccount);
  const controlPlane = await known.find(envelope.signatures[1]?.keyid ?? "", "cp", currentPlane);
  const addenda: PlacedAddendum[] = [];
  for (const addendum of await store.receipts.addenda(record.orgId, record.receiptId)) {
    addenda.push(await placeAddendum(addendum, controlPlane, (id) => known.find(id, "cp", currentPlane)));
  }
  const events = await discloseEvents(record, signed.n, sources);
  const leaves = [
    record.leafIndex,
    ...leavesOf(serviceAccount),
    ...leavesOf(controlPlane),
    ...addenda.flatMap(({ index, key }) => [index, ...(key === undefined ? [] : leavesOf(key))]),
  ];
  const { checkpoint, proofs } = await ledger.proofs(leaves, sources.cosigned);
  const paths = new Map(leaves.map((index, i) => [index, proofs[i] ?? []]));
  const proofOf = (index: number): readonly Uint8Array[] => paths.get(index) ?? [];
  return formatBundle({
    envelope,
    events,
    serviceAccount: toBundleKey(serviceAccount, proofOf),
    controlPlane: toBundleKey(controlPlane, proofOf),
    log: { vkey: ledger.verifierKey, checkpoint },
    receipt: { index: record.leafIndex, proof: proofOf(record.leafIndex) },
    addenda: addenda.map(({ key, ...addendum }) => ({
      ...addendum,
      proof: proofOf(addendum.index),
      ...(key === undefined ? {} : { key: toBundleKey(key, proofOf) }),
    })),
  });
}

interface PlacedAddendum {
  readonly envelope: DsseEnvelope;
  readonly index: number;
  /** When it is another than the receipt's. */
  readonly key?: PlacedKey;
}

async function placeAddendum(
  { envelope: text, leafIndex }: AddendumRecord,
  controlPlane: PlacedKey,
  find: (keyId: string) => Promise<PlacedKey>,
): Promise<PlacedAddendum> {
  const envelope = parseEnvelope(parseStrictJson(text));
  const id = envelope.signatures[0]?.keyid ?? "";
  const placed = { envelope, index: leafIndex };
  return id === keyId("cp", controlPlane.publicKey, nodeSha256) ? placed : { ...placed, key: await find(id) };
}

async function discloseEvents(
  { orgId, taskId, eventSeed }: ReceiptRecord,
  count: number,
  { store, keys, events: choice }: BundleSources,
): Promise<BundleParts["events"]> {
  let length = 0;
  const source = { key: keys.saltKey, seed: eventSeed };
  // What was written down after the receipt was sealed (where the run was, what still left it) is not what it signs.
  return (await readLongLog(store, orgId, taskId)).slice(0, count).map((event) => {
    const erased = leafOfErased(event);
    if (erased !== undefined) return { leaf: erased };
    const text = canonicalText(event);
    const salt = eventSalt(source, taskId, event.seq);
    if (choice.has(event.seq)) length += text.length;
    if (!choice.has(event.seq) || length > MAX_DISCLOSED_LENGTH) {
      return { leaf: eventLeafHash(salt, text, nodeSha256) };
    }
    // What was hashed, which is not the event as stored where JCS has no form for it.
    const hashed: unknown = JSON.parse(text);
    return { event: hashed, salt };
  });
}
