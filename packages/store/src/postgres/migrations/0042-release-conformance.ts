import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const releaseConformance: Migration = {
  id: 42,
  name: "release conformance",
  statements: [
    sql`create table release_conformance (
      org_id text collate "C" not null,
      release_id text collate "C" not null,
      record text not null,
      primary key (org_id, release_id)
    )`,
  ],
};
