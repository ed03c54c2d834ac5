import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** `agent_name` is empty for what belongs to the organization: a key column cannot be null. */
export const secrets: Migration = {
  id: 15,
  name: "secrets",
  statements: [
    sql`create table secrets (
      org_id text collate "C" not null,
      name text collate "C" not null,
      agent_name text collate "C" not null,
      version integer not null,
      sealed text not null,
      key_id text collate "C" not null,
      hosts text[],
      updated_at timestamptz not null,
      updated_by text collate "C" not null,
      primary key (org_id, name, agent_name)
    )`,
    sql`create index secrets_by_key on secrets (key_id)`,
  ],
};
