import {
  decodeBase64,
  encodeBase64,
  eventLeafHash,
  parseEnvelope,
  parseRunReceipt,
  parseStrictJson,
  payloadOf,
} from "@berth/ledger";
import { eraseEvent, isErased } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import type { ReceiptRecord, Store } from "@berth/store";
import { canonicalText } from "./canonical-text.ts";
import { eventSalt } from "./event-salt.ts";
import { nodeSha256 } from "./node-sha256.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";

export interface ErasedRun {
  readonly receiptId: string;
  readonly taskId: string;
  /** Of the log, all of them erased. */
  readonly events: number;
  /**
   * `erased`: nobody can make the salts of the events again. `derived`: a run of before salts had seeds; who has the
   * installation's salt key can try what an event may have said.
   */
  readonly salts: "erased" | "derived";
}

const PAGE = 500;

/**
 * Takes what was said out of a sealed run's log, page by page, and then the seed of its salts. Each event leaves the
 * leaf that its receipt counts. Cut off anywhere it can be done again: the seed is there until every leaf is kept.
 */
export async function eraseRun(
  { store, keys }: { readonly store: Pick<Store, "tasks" | "receipts">; readonly keys: Pick<ReceiptKeys, "saltKey"> },
  receipt: ReceiptRecord,
): Promise<ErasedRun> {
  const { orgId, taskId, receiptId, eventSeed } = receipt;
  const payload = payloadOf(parseEnvelope(parseStrictJson(receipt.envelope)));
  const { n: signed } = parseRunReceipt(payload).predicate.events;
  const source = { key: keys.saltKey, seed: eventSeed };
  const leafOf = (event: TaskEvent): string | undefined => {
    // What was written down after the seal is in no receipt.
    if (event.seq > signed) return undefined;
    return encodeBase64(eventLeafHash(eventSalt(source, taskId, event.seq), canonicalText(event), nodeSha256));
  };
  let after = 0;
  for (;;) {
    const page = await store.tasks.events({ orgId, taskId, after, limit: PAGE });
    const left = page.filter(({ body }) => !isErased(body));
    const events = left.map((event) => ({ seq: event.seq, body: eraseEvent(event.body, leafOf(event)) }));
    if (events.length > 0) await store.tasks.replaceBodies({ orgId, taskId, events });
    after = page.at(-1)?.seq ?? after;
    if (page.length < PAGE) break;
  }
  if (eventSeed !== undefined) await store.receipts.eraseSeed(orgId, receiptId);
  return { receiptId, taskId, events: after, salts: eventSeed === undefined ? "derived" : "erased" };
}

/** The leaf that an erased event has left; undefined of one that is still there. */
export function leafOfErased({ body }: TaskEvent): Uint8Array | undefined {
  return "leaf" in body && body.leaf !== undefined && isErased(body) ? decodeBase64(body.leaf) : undefined;
}
