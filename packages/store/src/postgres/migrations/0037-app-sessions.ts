import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const appSessions: Migration = {
  id: 37,
  name: "app-sessions",
  statements: [
    sql`alter table sessions add column app_agent text collate "C", add column app_release text collate "C",
      add column parent_hash text collate "C"`,
  ],
};
