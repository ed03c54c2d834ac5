import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const sources: Migration = {
  id: 41,
  name: "sources",
  statements: [
    sql`create table sources (
      org_id text collate "C" not null,
      agent_name text collate "C" not null,
      source_id text collate "C" not null unique,
      record text not null,
      primary key (org_id, agent_name)
    )`,
    sql`create table source_marks (
      source_id text collate "C" not null references sources (source_id) on delete cascade on update cascade,
      mark text collate "C" not null,
      seq bigint generated always as identity,
      primary key (source_id, mark)
    )`,
    sql`create index source_marks_by_age on source_marks (source_id, seq)`,
  ],
};
