import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const memory: Migration = {
  id: 29,
  name: "memory",
  statements: [
    // The row is the lock under which a space is written: whoever has raised `revision` has its turn.
    sql`create table memory_spaces (
      org_id text collate "C" not null,
      agent_id text collate "C" not null,
      owner text collate "C" not null,
      model text collate "C" not null,
      revision int8 not null,
      floor int8 not null,
      items int8 not null,
      bytes int8 not null,
      primary key (org_id, agent_id, owner)
    )`,
    sql`create index memory_spaces_by_model on memory_spaces (model)`,
    // A removed item stays for a while without its record, so that indexes elsewhere learn of it.
    sql`create table memory_items (
      org_id text collate "C" not null,
      item_id text collate "C" not null,
      agent_id text collate "C" not null,
      owner text collate "C" not null,
      revision int8 not null,
      key text collate "C",
      digest text collate "C" not null,
      bytes int8 not null,
      expires_at timestamptz,
      removed_at timestamptz,
      record text not null,
      primary key (org_id, item_id)
    )`,
    sql`create unique index memory_items_by_key on memory_items (org_id, agent_id, owner, key)
      where key is not null and removed_at is null`,
    sql`create unique index memory_items_by_digest on memory_items (org_id, agent_id, owner, digest)
      where key is null and removed_at is null`,
    sql`create unique index memory_items_by_revision on memory_items (org_id, agent_id, owner, revision)`,
    sql`create index memory_items_newest on memory_items (org_id, agent_id, owner, item_id) where removed_at is null`,
    sql`create index memory_items_expiring on memory_items (expires_at) where removed_at is null`,
    sql`create index memory_items_removed on memory_items (removed_at) where removed_at is not null`,
    sql`create table memory_vectors (
      org_id text collate "C" not null,
      item_id text collate "C" not null,
      model text collate "C" not null,
      bytes bytea not null,
      primary key (org_id, item_id, model)
    )`,
    // Floats do not compress; trying costs time with every write.
    sql`alter table memory_vectors alter column bytes set storage external`,
  ],
};
