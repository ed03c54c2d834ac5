import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** A configuration's host, so that one receiver cannot have all senders; and the order in which old records go. */
export const pushUpkeep: Migration = {
  id: 4,
  name: "push-upkeep",
  statements: [
    sql`alter table push_configs add column host text collate "C" not null default ''`,
    sql`update push_configs set host = coalesce(lower(substring(record from '"url":"https?://([^/?#"]+)')), '')`,
    sql`create index push_configs_leased on push_configs (host) where lease_until is not null`,
    sql`create index push_deliveries_settled on push_deliveries (updated_at, delivery_id) where state <> 'pending'`,
  ],
};
