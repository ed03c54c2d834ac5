import { PlatformError } from "@berth/protocol";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { durably } from "./durably.ts";
import { MIGRATIONS } from "./migrations/index.ts";
import type { Migration } from "./migrations/index.ts";
import type { Database } from "./schema.ts";

/** Two processes that open a new database at once take turns. The number only has to be ours. */
const LOCK = 7_213_364_801;
const LOCK_TIMEOUT_MS = 60_000;
const STATEMENT_TIMEOUT_MS = 60 * 60_000;

/**
 * Brings the database to the newest version, all or nothing.
 * @throws PlatformError STORE_UNAVAILABLE when it is newer than this program: an old program must not write into it.
 */
export async function migrate(
  db: Kysely<Database>,
  now: () => Date,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<void> {
  await durably(db, async (tx) => {
    // Building an index on a large table may take longer than any query of normal operation.
    await sql`set local statement_timeout = ${sql.lit(STATEMENT_TIMEOUT_MS)}`.execute(tx);
    await sql`set local lock_timeout = ${sql.lit(LOCK_TIMEOUT_MS)}`.execute(tx);
    await sql`select pg_advisory_xact_lock(${LOCK}::int8)`.execute(tx);
    await sql`create table if not exists berth_migrations (
      id int4 primary key, name text not null, applied_at timestamptz not null)`.execute(tx);
    const { rows } = await sql<{ last: number }>`select coalesce(max(id), 0) as last from berth_migrations`.execute(tx);
    const last = rows[0]?.last ?? 0;
    const newest = migrations.at(-1)?.id ?? 0;
    if (last > newest) throw databaseIsNewer(last, newest);
    for (const { id, name, statements } of migrations.filter((migration) => migration.id > last)) {
      for (const statement of statements) await statement.execute(tx);
      await sql`insert into berth_migrations values (${id}, ${name}, ${now().toISOString()})`.execute(tx);
    }
  });
}

function databaseIsNewer(found: number, known: number): PlatformError {
  return new PlatformError(
    "STORE_UNAVAILABLE",
    `The database has schema version ${found}; this program knows version ${known}.`,
    { retryable: false, hint: "A newer Berth has used this database. Run that version, or restore a backup." },
  );
}
