import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const evals: Migration = {
  id: 22,
  name: "evals",
  statements: [
    sql`create table eval_suites (
      org_id text collate "C" not null,
      release_id text collate "C" not null,
      record text not null,
      primary key (org_id, release_id)
    )`,
    // `summary` is the record without its cases, which may be a thousand times as long.
    sql`create table eval_runs (
      org_id text collate "C" not null,
      run_id text collate "C" not null,
      agent_id text collate "C" not null,
      release_id text collate "C" not null,
      suite text collate "C" not null,
      running boolean not null,
      scored boolean not null,
      started_at timestamptz not null,
      summary text not null,
      cases text not null,
      primary key (org_id, run_id)
    )`,
    sql`create index eval_runs_of_agent on eval_runs (org_id, agent_id, started_at desc, run_id desc)`,
    sql`create index eval_runs_of_release on eval_runs (org_id, release_id, started_at desc, run_id desc) where scored`,
    sql`create index eval_runs_running on eval_runs (started_at) where running`,
  ],
};
