import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const models: Migration = {
  id: 30,
  name: "models",
  statements: [
    sql`create table model_entries (
      org_id text collate "C" not null,
      kind text collate "C" not null,
      name text collate "C" not null,
      record text not null,
      primary key (org_id, kind, name)
    )`,
  ],
};
