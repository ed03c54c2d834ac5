import type { Generated } from "kysely";
import type { AddendumRecord, LedgerItemKind, LedgerKeyRecord } from "../receipt-store.ts";

export interface ReceiptsTable {
  org_id: string;
  receipt_id: string;
  task_id: string;
  leaf_index: number;
  envelope: string;
  sealed_at: string;
  event_seed: string | null;
}

export interface LedgerQueueTable {
  queue_id: Generated<number>;
  org_id: string;
  kind: LedgerItemKind;
  ref: string;
  payload: string;
  queued_at: string;
}

export interface LedgerKeysTable {
  leaf_index: number;
  key_id: string;
  role: LedgerKeyRecord["role"];
  op: LedgerKeyRecord["op"];
  agent_id: string | null;
  org_id: string | null;
  public_key: string;
  by_role: LedgerKeyRecord["role"] | null;
  by_key: string | null;
  signature: string | null;
  at: string;
}

export interface AddendaTable {
  org_id: string;
  addendum_id: string;
  receipt_id: string;
  task_id: string;
  kind: AddendumRecord["kind"];
  leaf_index: number;
  envelope: string;
  sealed_at: string;
}
