import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** `record` holds what only readers of a grant need: its scope, the run's deadline, the approval. */
export const grants: Migration = {
  id: 10,
  name: "grants",
  statements: [
    sql`create table grants (
      org_id text collate "C" not null,
      grant_id text collate "C" not null,
      run_id text collate "C" not null,
      agent_id text collate "C" not null,
      prior_id text collate "C",
      parent_id text collate "C",
      issued_at timestamptz not null,
      expires_at timestamptz not null,
      revoked_at timestamptz,
      record text not null,
      primary key (org_id, grant_id)
    )`,
    sql`create index grants_of_run on grants (org_id, run_id, issued_at, grant_id)`,
    sql`create index grants_by_time on grants (org_id, issued_at desc, grant_id desc)`,
    sql`create index grants_by_prior on grants (org_id, prior_id) where prior_id is not null`,
    sql`create index grants_by_parent on grants (org_id, parent_id) where parent_id is not null`,
  ],
};
