import type { Kysely } from "kysely";
import type { NewLedgerItem } from "../receipt-store.ts";
import type { Database } from "./schema.ts";

/** Puts something into the queue of the log, in the transaction of what it is about. */
export async function queueItem(
  tx: Kysely<Database>,
  { orgId, kind, ref, payload, queuedAt }: NewLedgerItem,
): Promise<void> {
  const row = { org_id: orgId, kind, ref, payload, queued_at: queuedAt };
  await tx.insertInto("ledger_queue").values(row).execute();
}
