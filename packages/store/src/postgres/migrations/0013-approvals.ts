import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const approvals: Migration = {
  id: 13,
  name: "approvals",
  statements: [
    sql`create table approvals (
      org_id text collate "C" not null,
      approval_id text collate "C" not null unique,
      task_id text collate "C" not null,
      state text collate "C" not null,
      requested_at timestamptz not null,
      expires_at timestamptz not null,
      record text not null,
      primary key (org_id, approval_id)
    )`,
    sql`create index approvals_newest on approvals (org_id, requested_at desc, approval_id desc)`,
    sql`create index approvals_of_task on approvals (org_id, task_id)`,
    sql`create index approvals_pending on approvals (expires_at) where state = 'pending'`,
    sql`create table approval_policies (
      org_id text collate "C" not null,
      policy_id text collate "C" not null unique,
      created_at timestamptz not null,
      record text not null,
      primary key (org_id, policy_id)
    )`,
    sql`create table approval_hooks (
      org_id text collate "C" not null,
      hook_id text collate "C" not null unique,
      created_at timestamptz not null,
      record text not null,
      primary key (org_id, hook_id)
    )`,
  ],
};
