import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const traffic: Migration = {
  id: 24,
  name: "traffic",
  statements: [
    // Without `traffic` everything goes to the active release.
    sql`alter table agents
      add column version int4 not null default 1,
      add column traffic text,
      add column canary boolean not null default false`,
    sql`create index agents_with_canary on agents (org_id, agent_id) where canary`,
    sql`create table release_tallies (
      org_id text collate "C" not null,
      release_id text collate "C" not null,
      agent_id text collate "C" not null,
      record text not null,
      primary key (org_id, release_id)
    )`,
    sql`create index release_tallies_of_agent on release_tallies (org_id, agent_id)`,
  ],
};
