import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const webhooks: Migration = {
  id: 3,
  name: "webhooks",
  statements: [
    sql`create table webhooks (
      org_id text collate "C" not null,
      webhook_id text collate "C" not null unique,
      agent_id text collate "C" not null,
      created_at timestamptz not null,
      record text not null,
      primary key (org_id, webhook_id)
    )`,
    sql`create index webhooks_of_agent on webhooks (org_id, agent_id, created_at desc, webhook_id desc)`,
  ],
};
