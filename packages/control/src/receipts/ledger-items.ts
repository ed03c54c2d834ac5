import {
  contentEntry,
  decodeBase64,
  decodeBase64Url,
  encodeBase64,
  encodeBase64Url,
  keyEntry,
  keyId,
  parseEnvelope,
  parseStrictJson,
  payloadOf,
} from "@berth/ledger";
import type { AnnouncedKey, KeyVoucher, VouchedOperation } from "@berth/ledger";
import type { AddendumRecord, LedgerItem, LedgerKeyRecord } from "@berth/store";
import { nodeSha256 } from "./node-sha256.ts";

/** What the sealer needs of an addendum, as the payload of a queued item. */
export interface QueuedAddendum {
  readonly receiptId: string;
  readonly taskId: string;
  readonly envelope: string;
}

/** A rotation or a revocation. */
export interface QueuedKey {
  readonly op: VouchedOperation;
  readonly key: AnnouncedKey;
  readonly by: KeyVoucher;
}

export type ReadyItem =
  | { readonly kind: "audit" | "anchor"; readonly item: LedgerItem; readonly entry: string }
  | { readonly kind: "addendum"; readonly item: LedgerItem; readonly entry: string; readonly addendum: QueuedAddendum }
  | { readonly kind: "key"; readonly item: LedgerItem; readonly entry: string; readonly change: QueuedKey };

/** The leaf of a queued item. @throws Error for a payload that no part of the platform writes. */
export function readyItem(item: LedgerItem, controlPlaneKeyId: string): ReadyItem {
  const { kind } = item;
  if (kind === "audit" || kind === "anchor") {
    const entry = contentEntry(kind, Buffer.from(item.payload), controlPlaneKeyId, nodeSha256);
    return { kind, item, entry };
  }
  if (kind === "key") {
    const change = parseQueuedKey(item.payload);
    const entry = keyEntry(change.key, nodeSha256, change);
    return { kind: "key", item, entry, change };
  }
  // `formatQueuedAddendum` wrote it.
  const addendum = JSON.parse(item.payload) as QueuedAddendum;
  const envelope = parseEnvelope(parseStrictJson(addendum.envelope));
  const signer = envelope.signatures[0]?.keyid ?? controlPlaneKeyId;
  const entry = contentEntry(kind, payloadOf(envelope), signer, nodeSha256);
  return { kind: "addendum", item, entry, addendum };
}

export function formatQueuedAddendum(addendum: QueuedAddendum): string {
  return JSON.stringify(addendum);
}

export function formatQueuedKey({ op, key, by }: QueuedKey): string {
  const { role, publicKey, origin, agentId } = key;
  return JSON.stringify({
    op,
    key: { role, publicKey: encodeBase64Url(publicKey), origin, agentId },
    by: { role: by.role, publicKey: encodeBase64Url(by.publicKey), signature: encodeBase64(by.signature) },
  });
}

function parseQueuedKey(payload: string): QueuedKey {
  type Text<T> = { readonly [K in keyof T]: T[K] extends Uint8Array ? string : T[K] };
  // `formatQueuedKey` wrote it.
  const { op, key, by } = JSON.parse(payload) as {
    readonly op: VouchedOperation;
    readonly key: Text<AnnouncedKey>;
    readonly by: Text<KeyVoucher>;
  };
  return {
    op,
    key: { ...key, publicKey: decodeBase64Url(key.publicKey) },
    by: { role: by.role, publicKey: decodeBase64Url(by.publicKey), signature: decodeBase64(by.signature) },
  };
}

export function toAddendumRecord(
  { item, addendum }: Extract<ReadyItem, { readonly kind: "addendum" }>,
  leafIndex: number,
  sealedAt: string,
): AddendumRecord {
  // An item that is ready as an addendum is of one of these kinds.
  const kind = item.kind as AddendumRecord["kind"];
  return { orgId: item.orgId, addendumId: item.ref, kind, leafIndex, sealedAt, ...addendum };
}

/** Where a record of a key comes from. `orgId`: of a service account. */
interface KeyPlace {
  readonly leafIndex: number;
  readonly at: string;
  readonly orgId?: string | undefined;
}

export function toKeyRecord({ op, key, by }: QueuedKey, place: KeyPlace): LedgerKeyRecord {
  return {
    ...toIssuedKey(key, place),
    op,
    by: { role: by.role, publicKey: encodeBase64Url(by.publicKey), signature: encodeBase64(by.signature) },
  };
}

export function toIssuedKey(
  { role, publicKey, agentId }: AnnouncedKey,
  { leafIndex, at, orgId }: KeyPlace,
): LedgerKeyRecord {
  return {
    keyId: keyId(role, publicKey),
    role,
    op: "issue",
    ...(agentId === undefined ? {} : { agentId }),
    ...(agentId === undefined || orgId === undefined ? {} : { orgId }),
    publicKey: encodeBase64Url(publicKey),
    leafIndex,
    at,
  };
}
