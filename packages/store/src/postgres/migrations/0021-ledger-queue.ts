import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/**
 * Other things than receipts become leaves. Columns of `audit_entries` beside `record` are there to be searched; a
 * resource may hold \u0000, which they cannot, and entries from before have neither salt nor leaf.
 */
export const ledgerQueue: Migration = {
  id: 21,
  name: "ledger-queue",
  statements: [
    sql`create table ledger_queue (
      queue_id int8 generated always as identity primary key,
      org_id text collate "C" not null,
      kind text collate "C" not null,
      ref text collate "C" not null,
      payload text not null,
      queued_at timestamptz not null
    )`,
    sql`create table addenda (
      org_id text collate "C" not null,
      addendum_id text collate "C" not null,
      receipt_id text collate "C" not null,
      task_id text collate "C" not null,
      kind text collate "C" not null,
      leaf_index int8 not null,
      envelope text not null,
      sealed_at timestamptz not null,
      primary key (org_id, addendum_id)
    )`,
    sql`create index addenda_of_receipt on addenda (org_id, receipt_id, leaf_index)`,
    sql`create table ledger_keys (
      leaf_index int8 primary key,
      key_id text collate "C" not null,
      role text collate "C" not null,
      op text collate "C" not null,
      agent_id text collate "C",
      org_id text collate "C",
      public_key text collate "C" not null,
      by_role text collate "C",
      by_key text collate "C",
      signature text collate "C",
      at timestamptz not null
    )`,
    sql`create table witness_logs (
      origin text collate "C" primary key,
      vkey text collate "C" not null,
      size int8 not null,
      root text collate "C" not null
    )`,
    sql`create table witness_peers (vkey text collate "C" primary key, url text not null)`,
    sql`alter table audit_entries
      add column entry_id text collate "C",
      add column actor text collate "C",
      add column action text collate "C",
      add column resource text collate "C",
      add column outcome text collate "C",
      add column leaf_index int8`,
    sql`update audit_entries set
      actor = record::json ->> 'actor', action = record::json ->> 'action',
      resource = record::json ->> 'resource', outcome = record::json ->> 'outcome'
      where position('\\u0000' in record) = 0`,
    sql`create unique index audit_entries_by_id on audit_entries (org_id, entry_id)`,
    sql`create index audit_entries_by_actor on audit_entries (org_id, actor, audit_id desc)`,
    sql`create index audit_entries_by_action on audit_entries (org_id, action, audit_id desc)`,
  ],
};
