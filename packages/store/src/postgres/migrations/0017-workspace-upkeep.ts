import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** Every version counts, and bytes that none names any more are found by the time since which it is so. */
export const workspaceUpkeep: Migration = {
  id: 17,
  name: "workspace-upkeep",
  statements: [
    sql`create table workspace_bytes (
      digest text collate "C" not null,
      org_id text collate "C" not null,
      bytes int8 not null,
      versions int8 not null,
      touched_at timestamptz not null,
      primary key (digest, org_id)
    )`,
    sql`create index workspace_bytes_unnamed on workspace_bytes (touched_at) where versions = 0`,
    sql`insert into workspace_bytes (digest, org_id, bytes, versions, touched_at)
      select digest, org_id, max(bytes), count(*), max(written_at) from workspace_versions
      where digest is not null group by digest, org_id`,
    sql`alter table workspace_usage add column released int8 not null default 0`,
    sql`update workspace_usage as u set bytes = coalesce(
      (select sum(b.bytes) from workspace_bytes as b where b.org_id = u.org_id), 0)`,
  ],
};
