import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const targets: Migration = {
  id: 40,
  name: "targets",
  statements: [
    sql`create table targets (
      org_id text collate "C" not null,
      name text collate "C" not null,
      record text not null,
      primary key (org_id, name)
    )`,
    sql`create table target_placements (
      org_id text collate "C" not null,
      release_id text collate "C" not null,
      agent_id text collate "C" not null,
      target text collate "C" not null,
      created_at timestamptz not null,
      record text not null,
      primary key (org_id, release_id)
    )`,
    sql`create index target_placements_newest on target_placements (org_id, created_at desc, release_id desc)`,
  ],
};
