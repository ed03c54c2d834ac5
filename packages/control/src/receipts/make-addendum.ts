import {
  IN_TOTO_PAYLOAD_TYPE,
  LedgerError,
  RUN_ADJUST_TYPE,
  RUN_EVAL_TYPE,
  RUN_REVIEW_TYPE,
  STATEMENT_TYPE,
  encodeAddendum,
  encodeBase64Url,
  formatEnvelope,
  keyId,
  parseEnvelope,
  parseStrictJson,
  payloadOf,
  signEnvelope,
} from "@berth/ledger";
import type { AddendumKind, AddendumStatement, RunAdjust, RunEval, RunReview, Signer } from "@berth/ledger";
import { PlatformError } from "@berth/protocol";
import type { IdGenerator } from "@berth/protocol";
import type { NewLedgerItem, ReceiptRecord, Store } from "@berth/store";
import { formatQueuedAddendum } from "./ledger-items.ts";
import { nodeSha256 } from "./node-sha256.ts";

interface Predicates {
  readonly eval: RunEval;
  readonly review: RunReview;
  readonly adjust: RunAdjust;
}

/** What the maker of an addendum says; the platform adds the rest. */
export type AddendumClaim<K extends AddendumKind = AddendumKind> = Omit<
  Predicates[K],
  "v" | "addendum" | "salt" | "log" | "at"
>;

const TYPES = { eval: RUN_EVAL_TYPE, review: RUN_REVIEW_TYPE, adjust: RUN_ADJUST_TYPE } as const;
const SALT_BYTES = 16;

export interface AddendumSources {
  readonly store: Pick<Store, "receipts">;
  readonly controlPlane: Signer;
  readonly origin: string;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

export interface NewAddendum {
  readonly orgId: string;
  readonly receiptId: string;
  readonly kind: AddendumKind;
  readonly predicate: AddendumClaim;
}

/** A signed statement whose subject is the receipt, as the item to queue. @throws RECEIPT_NOT_FOUND, INVALID_PARAMS */
export async function makeAddendum(
  { store, controlPlane, origin, ids, now, randomBytes }: AddendumSources,
  { orgId, receiptId, kind, predicate }: NewAddendum,
): Promise<NewLedgerItem> {
  const receipt = await store.receipts.find(orgId, receiptId);
  if (receipt === undefined) throw new PlatformError("RECEIPT_NOT_FOUND", `There is no receipt ${receiptId}.`);
  const addendumId = ids("addendum");
  const at = now().toISOString();
  const salt = encodeBase64Url(randomBytes(SALT_BYTES));
  // The type belongs to the kind, and the kind to the predicate; `encode` checks every member.
  const statement = {
    _type: STATEMENT_TYPE,
    subject: [{ name: receiptId, digest: { sha256: payloadDigest(receipt) } }],
    predicateType: TYPES[kind],
    predicate: { ...predicate, v: 1, addendum: addendumId, salt, log: origin, at },
  } as unknown as AddendumStatement;
  const envelope = await signEnvelope(IN_TOTO_PAYLOAD_TYPE, encode(statement), [
    { keyid: keyId("cp", controlPlane.publicKey), signer: controlPlane },
  ]);
  const payload = formatQueuedAddendum({ receiptId, taskId: receipt.taskId, envelope: formatEnvelope(envelope) });
  return { orgId, kind, ref: addendumId, payload, queuedAt: at };
}

function payloadDigest({ envelope }: ReceiptRecord): string {
  return Buffer.from(nodeSha256(payloadOf(parseEnvelope(parseStrictJson(envelope))))).toString("hex");
}

function encode(statement: AddendumStatement): Uint8Array {
  try {
    return encodeAddendum(statement);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    const description = `cannot be signed: ${error.message}`;
    throw new PlatformError("INVALID_PARAMS", `The addendum ${description}.`, {
      cause: error,
      violations: [{ field: "predicate", description }],
    });
  }
}
