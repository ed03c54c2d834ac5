import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** Receipts of before have none: the salts of their events are made from the installation's key alone. */
export const eventSeeds: Migration = {
  id: 27,
  name: "event-seeds",
  statements: [
    sql`alter table receipts add column event_seed text collate "C"`,
    sql`create index ledger_keys_by_id on ledger_keys (key_id, leaf_index)`,
  ],
};
