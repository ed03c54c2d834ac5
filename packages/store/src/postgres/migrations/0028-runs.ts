import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const runs: Migration = {
  id: 28,
  name: "durable runs",
  statements: [
    sql`create table runs (
      org_id text collate "C" not null,
      task_id text collate "C" primary key,
      record text not null,
      wake_at timestamptz
    )`,
    sql`create index runs_by_moment on runs (wake_at) where wake_at is not null`,
  ],
};
