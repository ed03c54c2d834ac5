import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const usedTokens: Migration = {
  id: 32,
  name: "used tokens",
  statements: [
    sql`create table used_tokens (
      token_hash text collate "C" primary key,
      expires_at timestamptz not null
    )`,
    sql`create index used_tokens_by_expiry on used_tokens (expires_at)`,
  ],
};
