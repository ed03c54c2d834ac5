import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const oauth: Migration = {
  id: 14,
  name: "oauth",
  statements: [
    sql`create table oauth_records (
      kind text collate "C" not null,
      record_id text collate "C" not null,
      body text not null,
      grant_id text collate "C",
      user_code text collate "C",
      uid text collate "C",
      expires_at timestamptz,
      consumed_at timestamptz,
      primary key (kind, record_id)
    )`,
    sql`create index oauth_records_of_grant on oauth_records (grant_id) where grant_id is not null`,
    sql`create index oauth_records_by_user_code on oauth_records (user_code) where user_code is not null`,
    sql`create index oauth_records_by_uid on oauth_records (uid) where uid is not null`,
    sql`create index oauth_records_expiring on oauth_records (expires_at) where expires_at is not null`,
  ],
};
