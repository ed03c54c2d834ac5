import { decodeBase64, encodeBase64 } from "./base64.ts";
import { equalBytes, toHex, utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { verifyCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { IN_TOTO_PAYLOAD_TYPE, pae, payloadOf } from "./dsse.ts";
import { keyId, thumbprint, verifyEd25519 } from "./ed25519.ts";
import { eventLeafHash } from "./event-leaf.ts";
import { isRecord } from "./json-shape.ts";
import { LedgerError, during } from "./ledger-error.ts";
import type { LedgerCheckName } from "./ledger-error.ts";
import { keyEntry, receiptEntry } from "./log-entry.ts";
import { leafHash } from "./merkle-hash.ts";
import { merkleRoot } from "./merkle-tree.ts";
import { verifyInclusion } from "./merkle-verify.ts";
import { parseBundle } from "./receipt-bundle.ts";
import type { BundleEvent, LogPosition, ReceiptBundle } from "./receipt-bundle.ts";
import { sha256 } from "./sha256.ts";
import { parseRunReceipt } from "./statement.ts";
import type { RunReceipt, RunReceiptStatement } from "./statement.ts";
import type { TrustPolicy } from "./trust-policy.ts";

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
  readonly events: { readonly total: number; readonly disclosed: number };
  /** The names of the checks that hold, in order. */
  readonly checks: readonly LedgerCheckName[];
}

/**
 * Verifies a receipt bundle without network. A receipt proves what the platform recorded, not that the agent was right.
 * @throws LedgerError; `check` names the first thing that does not hold.
 */
export async function verifyBundle(
  text: string,
  options: { readonly trust?: TrustPolicy } = {},
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
  const ids = await check("keys", () => matchKeys(bundle, receipt));
  await check("signature.sa", () => verifySignature(bundle, payload, 0, bundle.serviceAccount.publicKey));
  await check("signature.cp", () => verifySignature(bundle, payload, 1, bundle.controlPlane.publicKey));
  const disclosed = await check("events", () => verifyEvents(bundle.events, receipt));
  const head = await check("log.checkpoint", () => openCheckpoint(bundle, receipt));
  await check("log.receipt", () => verifyEntry(receiptEntry(payload, ids.controlPlane), bundle.receipt, head));
  await check("log.sa-key", () => verifyKeyEntry(bundle, "sa", head, receipt));
  await check("log.cp-key", () => verifyKeyEntry(bundle, "cp", head, receipt));
  const { trust } = options;
  if (trust !== undefined) {
    await check("trust.log", () => mustKnow(trust.logs, bundle.log.vkey, "log"));
    await check("trust.control-plane", () => mustKnow(trust.controlPlanes, ids.controlPlane, "control plane"));
  }
  return {
    trusted: trust !== undefined,
    statement,
    contentHash: toHex(sha256(payload)),
    signedBy: ids,
    log: { origin: head.origin, vkey: bundle.log.vkey, size: head.size, index: bundle.receipt.index },
    events: { total: bundle.events.length, disclosed },
    checks,
  };
}

function openEnvelope({ envelope }: ReceiptBundle): Uint8Array {
  if (envelope.payloadType !== IN_TOTO_PAYLOAD_TYPE) throw refused("the envelope is not an in-toto statement");
  if (envelope.signatures.length !== 2) throw refused("the envelope does not have exactly two signatures");
  return payloadOf(envelope);
}

function matchKeys(bundle: ReceiptBundle, receipt: RunReceipt): VerifiedReceipt["signedBy"] {
  const serviceAccount = keyId("sa", bundle.serviceAccount.publicKey);
  const controlPlane = keyId("cp", bundle.controlPlane.publicKey);
  if (thumbprint(bundle.serviceAccount.publicKey) !== receipt.agent.sa_key) {
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
  payload: Uint8Array,
  at: 0 | 1,
  publicKey: Uint8Array,
): Promise<void> {
  const signature = decodeBase64(envelope.signatures[at]?.sig ?? "");
  return verifyEd25519(publicKey, pae(envelope.payloadType, payload), signature);
}

/** Returns how many events are disclosed. */
function verifyEvents(events: readonly BundleEvent[], receipt: RunReceipt): number {
  if (events.length !== receipt.events.n) {
    throw refused(`the receipt counts ${receipt.events.n} events, the bundle has ${events.length}`);
  }
  let disclosed = 0;
  const leaves = events.map((item, i) => {
    if ("leaf" in item) return item.leaf;
    disclosed++;
    const { event, salt } = item;
    if (!isRecord(event) || event["seq"] !== i + 1 || event["taskId"] !== receipt.run.task_id) {
      throw refused(`event ${i + 1} is not event ${i + 1} of this run`);
    }
    return eventLeafHash(salt, canonicalJson(event));
  });
  if (encodeBase64(merkleRoot(leaves)) !== receipt.events.root) {
    throw refused("the events are not the ones the receipt was made of");
  }
  return disclosed;
}

async function openCheckpoint({ log }: ReceiptBundle, receipt: RunReceipt): Promise<Checkpoint> {
  const head = await verifyCheckpoint(log.checkpoint, log.key);
  if (head.origin !== receipt.log) throw refused("the checkpoint is of another log than the receipt names");
  return head;
}

function verifyEntry(entry: string, { index, proof }: LogPosition, { size, root }: Checkpoint): void {
  verifyInclusion({ index, size, leafHash: leafHash(utf8(entry)), proof, root });
}

function verifyKeyEntry(bundle: ReceiptBundle, role: "sa" | "cp", head: Checkpoint, receipt: RunReceipt): void {
  const key = role === "sa" ? bundle.serviceAccount : bundle.controlPlane;
  if (key.index >= bundle.receipt.index) throw refused("the key was used before it was announced in the log");
  const agentId = role === "sa" ? { agentId: receipt.agent.id } : {};
  verifyEntry(keyEntry({ role, publicKey: key.publicKey, origin: head.origin, ...agentId }), key, head);
}

function mustKnow(known: readonly string[], key: string, whose: string): void {
  if (!known.includes(key)) throw refused(`the ${whose} that vouches for this receipt is not a trusted one: ${key}`);
}

function refused(why: string): LedgerError {
  return new LedgerError("format", why);
}
