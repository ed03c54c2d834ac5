import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/**
 * `record` holds what only senders read: URL, token, credentials. A configuration is in the index of open ones until
 * its task is over and nothing is pending; senders look at no others.
 */
export const pushNotifications: Migration = {
  id: 2,
  name: "push-notifications",
  statements: [
    sql`create table push_configs (
      org_id text collate "C" not null,
      task_id text collate "C" not null,
      config_id text collate "C" not null,
      record text not null,
      created_at timestamptz not null,
      cursor int8 not null,
      ended bool not null,
      due_at timestamptz,
      lease_id text collate "C",
      lease_until timestamptz,
      primary key (org_id, task_id, config_id)
    ) with (fillfactor = 70)`,
    sql`create index push_configs_open on push_configs (org_id, task_id) where not ended or due_at is not null`,
    sql`create table push_deliveries (
      org_id text collate "C" not null,
      delivery_id text collate "C" not null,
      task_id text collate "C" not null,
      config_id text collate "C" not null,
      seq int8 not null,
      state text collate "C" not null,
      attempts int4 not null,
      created_at timestamptz not null,
      updated_at timestamptz not null,
      next_attempt_at timestamptz,
      last_error text,
      primary key (org_id, delivery_id)
    ) with (fillfactor = 70)`,
    sql`create index push_deliveries_of_task on push_deliveries (org_id, task_id, seq, config_id)`,
    sql`create index push_deliveries_pending on push_deliveries (org_id, task_id, config_id, seq)
      where state = 'pending'`,
  ],
};
