import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/**
 * Deployments that outlive the platform: which have not ended, whose files are kept until when, and their log line by
 * line. The status of an older record stands behind its id; none of them can go on.
 */
export const deployments: Migration = {
  id: 38,
  name: "deployments",
  statements: [
    sql`alter table deployments add column status text not null default 'failed', add column kept_until timestamptz`,
    sql`update deployments set status =
      coalesce(substring(record from '"deploymentId":"[^"]*","status":"(live|canceled)"'), 'failed')`,
    sql`create index deployments_unfinished on deployments (created_at, deployment_id)
      where status not in ('live', 'failed', 'canceled')`,
    sql`create index deployments_kept on deployments (kept_until) where kept_until is not null`,
    sql`create index releases_digest on releases (digest)`,
    sql`create table deployment_lines (
      org_id text collate "C" not null,
      deployment_id text collate "C" not null,
      seq integer not null,
      at timestamptz not null,
      step text not null,
      stream text not null,
      text text not null,
      primary key (org_id, deployment_id, seq)
    )`,
  ],
};
