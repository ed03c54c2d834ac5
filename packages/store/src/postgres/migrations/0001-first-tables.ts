import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/**
 * Keys are compared as bytes (`collate "C"`): the same order on every server, and the cheapest. `tasks` leaves room in
 * its pages because an append updates its row in place.
 */
export const firstTables: Migration = {
  id: 1,
  name: "first-tables",
  statements: [
    sql`create table tasks (
      org_id text collate "C" not null,
      task_id text collate "C" not null,
      context_id text collate "C" not null,
      agent_id text collate "C" not null,
      release_id text collate "C" not null,
      principal_id text collate "C" not null,
      state text collate "C" not null,
      last_seq int8 not null,
      agent_seq int8 not null,
      created_at timestamptz not null,
      status_at timestamptz not null,
      primary key (org_id, task_id)
    ) with (fillfactor = 80)`,
    sql`create index tasks_newest on tasks (org_id, status_at desc, task_id desc)`,
    sql`create index tasks_of_principal on tasks (org_id, principal_id, status_at desc, task_id desc)`,
    sql`create index tasks_of_context on tasks (org_id, context_id)`,
    sql`create unique index tasks_of_agent on tasks (org_id, agent_id, agent_seq)`,
    sql`create index tasks_unfinished on tasks (task_id) where state not in (
      'TASK_STATE_COMPLETED', 'TASK_STATE_FAILED', 'TASK_STATE_CANCELED', 'TASK_STATE_REJECTED')`,
    sql`create table events (
      org_id text collate "C" not null,
      task_id text collate "C" not null,
      seq int8 not null,
      at timestamptz not null,
      body text not null,
      primary key (org_id, task_id, seq)
    )`,
    sql`create table task_dedupe (
      org_id text collate "C" not null,
      principal_id text collate "C" not null,
      agent_id text collate "C" not null,
      key text collate "C" not null,
      digest text collate "C" not null,
      task_id text collate "C" not null,
      seq int8 not null,
      primary key (org_id, principal_id, agent_id, key)
    )`,
    sql`create table agent_counters (
      org_id text collate "C" not null,
      agent_id text collate "C" not null,
      last_seq int8 not null,
      primary key (org_id, agent_id)
    ) with (fillfactor = 50)`,
    sql`create table receipt_queue (
      org_id text collate "C" not null,
      task_id text collate "C" not null,
      queued_at timestamptz not null,
      queue_id int8 generated always as identity unique,
      primary key (org_id, task_id)
    )`,
    sql`create table receipts (
      org_id text collate "C" not null,
      receipt_id text collate "C" not null,
      task_id text collate "C" not null,
      leaf_index int8 not null,
      envelope text not null,
      sealed_at timestamptz not null,
      primary key (org_id, receipt_id),
      unique (org_id, task_id),
      unique (org_id, leaf_index)
    )`,
    sql`create table ledger_entries (index int8 primary key, data text not null)`,
    sql`create table ledger_head (id int4 primary key check (id = 1), size int8 not null, checkpoint text)`,
    sql`insert into ledger_head (id, size) values (1, 0)`,
    sql`create table releases (
      org_id text collate "C" not null,
      release_id text collate "C" not null,
      agent_id text collate "C" not null,
      digest text collate "C" not null,
      created_at timestamptz not null,
      tags text[] not null,
      skills text[] not null,
      search_text text not null,
      record text not null,
      primary key (org_id, release_id)
    )`,
    sql`create index releases_of_agent on releases (org_id, agent_id, created_at desc, release_id desc)`,
    sql`create table agents (
      org_id text collate "C" not null,
      agent_id text collate "C" not null,
      name text collate "C" not null,
      kind text collate "C" not null,
      active_release_id text collate "C" not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      removed_at timestamptz,
      primary key (org_id, agent_id),
      foreign key (org_id, active_release_id) references releases (org_id, release_id)
    )`,
    sql`create unique index agents_by_name on agents (org_id, name) where removed_at is null`,
    sql`create table api_keys (
      org_id text collate "C" not null,
      key_id text collate "C" not null unique,
      secret_hash text collate "C" not null,
      name text not null,
      scopes text[] not null,
      created_at timestamptz not null,
      expires_at timestamptz,
      last_used_at timestamptz,
      revoked_at timestamptz,
      primary key (org_id, key_id)
    )`,
    sql`create table audit_entries (
      org_id text collate "C" not null,
      audit_id int8 generated always as identity,
      at timestamptz not null,
      record text not null,
      primary key (org_id, audit_id)
    )`,
    sql`create table deployments (
      org_id text collate "C" not null,
      deployment_id text collate "C" not null,
      agent_name text collate "C",
      created_at timestamptz not null,
      record text not null,
      primary key (org_id, deployment_id)
    )`,
    sql`create index deployments_newest on deployments (org_id, created_at desc, deployment_id desc)`,
  ],
};
