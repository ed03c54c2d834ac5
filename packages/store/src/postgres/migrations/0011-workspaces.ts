import { sql } from "kysely";
import type { Migration } from "./migration.ts";

const COLUMNS = sql.raw(`
  org_id text collate "C" not null,
  path text collate "C" not null,
  version int8 not null,
  digest text,
  bytes int8 not null,
  media_type text not null,
  written_at timestamptz not null,
  written_by text not null,
  run_id text`);

/** The newest versions have a table of their own: they are what is listed, and a path may have thousands of others. */
export const workspaces: Migration = {
  id: 11,
  name: "workspaces",
  statements: [
    sql`create table workspace_files (${COLUMNS}, primary key (org_id, path))`,
    sql`create table workspace_versions (${COLUMNS}, primary key (org_id, path, version))`,
    sql`create table workspace_usage (
      org_id text collate "C" primary key,
      files int8 not null,
      bytes int8 not null
    )`,
    sql`create table workspace_outputs (
      org_id text collate "C" not null,
      task_id text collate "C" not null,
      queue_id int8 generated always as identity unique,
      primary key (org_id, task_id)
    )`,
  ],
};
