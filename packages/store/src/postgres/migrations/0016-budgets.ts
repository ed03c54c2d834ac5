import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const budgets: Migration = {
  id: 16,
  name: "budgets",
  statements: [
    sql`create table limit_rules (
      org_id text collate "C" primary key,
      updated_at timestamptz not null,
      record text not null
    )`,
    sql`create table budget_spending (
      org_id text collate "C" not null,
      month text collate "C" not null,
      subject text collate "C" not null,
      id text collate "C" not null,
      calls bigint not null,
      tokens bigint not null,
      cost_micros bigint not null,
      primary key (org_id, month, subject, id)
    )`,
  ],
};
