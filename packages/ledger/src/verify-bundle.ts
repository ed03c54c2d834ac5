import { decodeBase64, encodeBase64 } from "./base64.ts";
import { equalBytes, toHex } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { JsonValue } from "./canonical-json.ts";
import { CheckpointMemory } from "./checkpoint-memory.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { verifyWitnesses } from "./cosignature.ts";
import type { WitnessPolicy, WitnessedBy } from "./cosignature.ts";
import { webCrypto } from "./crypto.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { IN_TOTO_PAYLOAD_TYPE, pae, payloadOf } from "./dsse.ts";
import { keyId, verifyEd25519 } from "./ed25519.ts";
import { eventLeafHash } from "./event-leaf.ts";
import { isRecord } from "./json-shape.ts";
import { LedgerError, during } from "./ledger-error.ts";
import type { LedgerCheckName } from "./ledger-error.ts";
import { receiptEntry } from "./log-entry.ts";
import { merkleRoot } from "./merkle-tree.ts";
import { parseBundle } from "./receipt-bundle.ts";
import type { BundleEvent, BundleKey, ReceiptBundle } from "./receipt-bundle.ts";
import { parseRunReceipt } from "./statement.ts";
import type { RunReceipt, RunReceiptStatement } from "./statement.ts";
import type { TrustPolicy } from "./trust-policy.ts";
import { verifyAddenda } from "./verify-addenda.ts";
import type { VerifiedAddendum } from "./verify-addenda.ts";
import { keyLineage, verifyAnnouncedKey, verifyEntry } from "./verify-announced-key.ts";

export interface VerifiedReceipt {
  /**
   * True: the log and the control plane are ones the trust policy names. False: there was no policy, and all that is
   * known is that the bundle agrees with itself. Anyone can make such a bundle.
   */
  readonly trusted: boolean;
  readonly statement: RunReceiptStatement;
  /** SHA-256 of the signed payload, hex: what the log entry commits to. */
  readonly contentHash: string;
  readonly signedBy: { readonly serviceAccount: string; readonly controlPlane: string };
  readonly log: { readonly origin: string; readonly vkey: string; readonly size: number; readonly index: number };
  /** The log's head that all proofs lead to. */
  readonly head: Checkpoint;
  readonly events: {
    readonly total: number;
    readonly disclosed: number;
    /** The disclosed ones, each proved to be event `seq` of this run. */
    readonly shown: readonly { readonly seq: number; readonly event: JsonValue }[];
  };
  /** What was said of the run afterwards, as far as the bundle has it. */
  readonly addenda: readonly VerifiedAddendum[];
  /** Who of those that the caller named signed that the log has only grown. */
  readonly witnesses: readonly WitnessedBy[];
  /** The names of the checks that hold, in order. */
  readonly checks: readonly LedgerCheckName[];
}

export interface VerifyOptions {
  readonly trust?: TrustPolicy;
  /** Witnesses whose signatures have to be there. They say nothing about keys: that is `trust`. */
  readonly witnesses?: WitnessPolicy;
  /** Default: the one that runs everywhere. */
  readonly crypto?: VerifierCrypto;
  /** For many bundles: checkpoints that they share are verified once. */
  readonly checkpoints?: CheckpointMemory;
}

/**
 * Verifies a receipt bundle without network. A receipt proves what the platform recorded, not that the agent was right.
 * @throws LedgerError; `check` names the first thing that does not hold.
 */
export async function verifyBundle(
  text: string,
  { trust, witnesses, crypto = webCrypto, checkpoints = new CheckpointMemory() }: VerifyOptions = {},
): Promise<VerifiedReceipt> {
  const checks: LedgerCheckName[] = [];
  const check = async <T>(name: LedgerCheckName, step: () => T | Promise<T>): Promise<T> => {
    const result = await during(name, step);
    checks.push(name);
    return result;
  };

  const bundle = await check("format", () => parseBundle(text));
  const payload = await check("envelope", () => openEnvelope(bundle));
  const statement = await check("payload", () => parseRunReceipt(payload));
  const receipt = statement.predicate;
  const { serviceAccount, controlPlane, addenda = [] } = bundle;
  const { index } = bundle.receipt;
  const ids = await check("keys", () => matchKeys(bundle, receipt, crypto));
  const signed = pae(bundle.envelope.payloadType, payload);
  await check("signature.sa", () => verifySignature(bundle, signed, 0, serviceAccount, crypto));
  await check("signature.cp", () => verifySignature(bundle, signed, 1, controlPlane, crypto));
  const shown = await check("events", () => verifyEvents(bundle.events, receipt, crypto));
  const head = await check("log.checkpoint", () => openCheckpoint(bundle, receipt, { crypto, checkpoints }));
  const entry = receiptEntry(payload, ids.controlPlane, crypto.sha256);
  await check("log.receipt", () => verifyEntry(entry, bundle.receipt, head, crypto));
  const saClaim = { key: serviceAccount, role: "sa", agentId: receipt.agent.id, before: index, head } as const;
  await check("log.sa-key", () => verifyAnnouncedKey(saClaim, crypto));
  const cpClaim = { key: controlPlane, role: "cp", before: index, head } as const;
  await check("log.cp-key", () => verifyAnnouncedKey(cpClaim, crypto));
  const contentHash = toHex(crypto.sha256(payload));
  const subject = { id: receipt.receipt, contentHash, index };
  const verified =
    addenda.length === 0
      ? []
      : await check("addenda", () => verifyAddenda(addenda, { receipt: subject, controlPlane, head, crypto }));
  if (trust !== undefined) {
    await check("trust.log", () => mustKnow(trust.logs, [bundle.log.vkey], "log"));
    const lineages = [keyLineage(controlPlane, "cp", crypto), ...verified.map(({ lineage }) => lineage)];
    await check("trust.control-plane", () => {
      for (const lineage of lineages) mustKnow(trust.controlPlanes, lineage, "control plane");
    });
  }
  const { checkpoint } = bundle.log;
  const witnessedBy =
    witnesses === undefined
      ? []
      : await check("trust.witnesses", async () => await verifyWitnesses(checkpoint, witnesses, crypto));
  return {
    trusted: trust !== undefined,
    statement,
    contentHash,
    signedBy: ids,
    log: { origin: head.origin, vkey: bundle.log.vkey, size: head.size, index },
    head,
    events: { total: bundle.events.length, disclosed: shown.length, shown },
    addenda: verified,
    witnesses: witnessedBy,
    checks,
  };
}

function openEnvelope({ envelope }: ReceiptBundle): Uint8Array {
  if (envelope.payloadType !== IN_TOTO_PAYLOAD_TYPE) throw refused("the envelope is not an in-toto statement");
  if (envelope.signatures.length !== 2) throw refused("the envelope does not have exactly two signatures");
  return payloadOf(envelope);
}

function matchKeys(
  bundle: ReceiptBundle,
  receipt: RunReceipt,
  { sha256 }: VerifierCrypto,
): VerifiedReceipt["signedBy"] {
  const serviceAccount = keyId("sa", bundle.serviceAccount.publicKey, sha256);
  const controlPlane = keyId("cp", bundle.controlPlane.publicKey, sha256);
  if (serviceAccount !== `sa:${receipt.agent.sa_key}`) {
    throw refused("the service account's key is not the one the receipt names");
  }
  // One key in both roles would make two signatures out of one.
  if (equalBytes(bundle.serviceAccount.publicKey, bundle.controlPlane.publicKey)) {
    throw refused("the service account and the control plane share a key");
  }
  const [sa, cp] = bundle.envelope.signatures;
  if (sa?.keyid !== serviceAccount || cp?.keyid !== controlPlane) {
    throw refused("the signatures are not those of the service account and the control plane");
  }
  return { serviceAccount, controlPlane };
}

function verifySignature(
  { envelope }: ReceiptBundle,
  signed: Uint8Array,
  at: 0 | 1,
  { publicKey }: BundleKey,
  crypto: VerifierCrypto,
): Promise<void> {
  const signature = decodeBase64(envelope.signatures[at]?.sig ?? "");
  return verifyEd25519(publicKey, signed, signature, crypto);
}

function verifyEvents(
  events: readonly BundleEvent[],
  receipt: RunReceipt,
  { sha256 }: VerifierCrypto,
): VerifiedReceipt["events"]["shown"] {
  if (events.length !== receipt.events.n) {
    throw refused(`the receipt counts ${receipt.events.n} events, the bundle has ${events.length}`);
  }
  const shown: { readonly seq: number; readonly event: JsonValue }[] = [];
  const leaves = events.map((item, i) => {
    if ("leaf" in item) return item.leaf;
    const { event, salt } = item;
    const seq = i + 1;
    if (!isRecord(event) || event["seq"] !== seq || event["taskId"] !== receipt.run.task_id) {
      throw new LedgerError("format", `event ${seq} is not event ${seq} of this run`, { index: i });
    }
    shown.push({ seq, event });
    return eventLeafHash(salt, canonicalJson(event), sha256);
  });
  if (encodeBase64(merkleRoot(leaves, sha256)) !== receipt.events.root) {
    throw refused("the events are not the ones the receipt was made of");
  }
  return shown;
}

async function openCheckpoint(
  { log }: ReceiptBundle,
  receipt: RunReceipt,
  { crypto, checkpoints }: { readonly crypto: VerifierCrypto; readonly checkpoints: CheckpointMemory },
): Promise<Checkpoint> {
  const head = await checkpoints.verify(log.checkpoint, log.key, crypto);
  if (head.origin !== receipt.log) throw refused("the checkpoint is of another log than the receipt names");
  return head;
}

/** One of the lineage suffices: a key that a trusted one handed over to is as good. */
function mustKnow(known: readonly string[], lineage: readonly string[], whose: string): void {
  if (lineage.some((key) => known.includes(key))) return;
  throw refused(`the ${whose} that vouches for this receipt is not a trusted one: ${lineage[0]}`);
}

function refused(why: string): LedgerError {
  return new LedgerError("format", why);
}
