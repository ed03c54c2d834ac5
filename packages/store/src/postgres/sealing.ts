import { sql } from "kysely";
import type { RawBuilder } from "kysely";
import type { ReceiptRecord, SealBatch } from "../receipt-store.ts";
import { outputsOf } from "../seal-batch.ts";
import { unnest } from "./unnest.ts";

/**
 * One statement and so one transaction and one round trip; it sets `synchronous_commit` for itself, as `durably` does.
 * The head row is the lock of the log: sealers of other nodes wait for it, then find another size and write nothing.
 * An item of the queue that is gone keeps it from writing too: the same thing would stand in the log twice.
 */
export function sealing(batch: SealBatch, receipts: readonly ReceiptRecord[]): RawBuilder<unknown> {
  const { expectedSize, checkpoint, addenda = [], audits = [], keys = [], settled = [] } = batch;
  const size = expectedSize + batch.entries.length;
  const entries = unnest(
    batch.entries.map(({ index, data }) => [index, data]),
    ["int8", "text"],
  );
  const rows = unnest(
    receipts.map((r) => [r.orgId, r.receiptId, r.taskId, r.leafIndex, r.envelope, r.sealedAt, r.eventSeed ?? null]),
    ["text", "text", "text", "int8", "text", "timestamptz", "text"],
  );
  const tasks = unnest(
    receipts.map(({ orgId, taskId }) => [orgId, taskId]),
    ["text", "text"],
  );
  const outputs = unnest(
    outputsOf(batch).map(({ orgId, taskId }) => [orgId, taskId]),
    ["text", "text"],
  );
  const added = unnest(
    addenda.map((a) => [a.orgId, a.addendumId, a.receiptId, a.taskId, a.kind, a.leafIndex, a.envelope, a.sealedAt]),
    ["text", "text", "text", "text", "text", "int8", "text", "timestamptz"],
  );
  const noted = unnest(
    audits.map(({ orgId, auditId, leafIndex }) => [orgId, auditId, leafIndex]),
    ["text", "text", "int8"],
  );
  const announced = unnest(
    keys.map((k) => [
      k.leafIndex,
      k.keyId,
      k.role,
      k.op,
      k.agentId ?? "",
      k.orgId ?? "",
      k.publicKey,
      k.by?.role ?? "",
      k.by?.publicKey ?? "",
      k.by?.signature ?? "",
      k.at,
    ]),
    ["int8", "text", "text", "text", "text", "text", "text", "text", "text", "text", "timestamptz"],
  );
  const items = unnest(
    settled.map((queueId) => [queueId]),
    ["int8"],
  );
  return sql`
    with durable as materialized (select set_config('synchronous_commit', 'on', true) as on_commit),
    head as (
      update ledger_head set size = ${size}, checkpoint = ${checkpoint} where size = ${expectedSize}
        and (select count(*) from ledger_queue join ${items} as i (queue_id) using (queue_id)) = ${settled.length}
      returning id
    ),
    logged as (
      insert into ledger_entries (index, data) select e.* from head, ${entries} as e
    ),
    written as (
      insert into receipts (org_id, receipt_id, task_id, leaf_index, envelope, sealed_at, event_seed)
      select r.* from head, ${rows} as r
    ),
    produced as (
      insert into workspace_outputs (org_id, task_id) select o.* from head, ${outputs} as o on conflict do nothing
    ),
    appended as (
      insert into addenda (org_id, addendum_id, receipt_id, task_id, kind, leaf_index, envelope, sealed_at)
      select a.* from head, ${added} as a
    ),
    audited as (
      update audit_entries as e set leaf_index = n.leaf_index
      from head, ${noted} as n (org_id, entry_id, leaf_index)
      where e.org_id = n.org_id and e.entry_id = n.entry_id
    ),
    announced as (
      insert into ledger_keys (leaf_index, key_id, role, op, agent_id, org_id, public_key, by_role, by_key, signature, at)
      select k.leaf_index, k.key_id, k.role, k.op, nullif(k.agent_id, ''), nullif(k.org_id, ''), k.public_key,
        nullif(k.by_role, ''), nullif(k.by_key, ''), nullif(k.signature, ''), k.at
      from head, ${announced} as k
        (leaf_index, key_id, role, op, agent_id, org_id, public_key, by_role, by_key, signature, at)
    ),
    settled as (
      delete from ledger_queue as q using head, ${items} as i (queue_id) where q.queue_id = i.queue_id
    ),
    served as (
      delete from receipt_queue as q using head, ${tasks} as t (org_id, task_id)
      where q.org_id = t.org_id and q.task_id = t.task_id
    )
    select head.id from head, durable`;
}
