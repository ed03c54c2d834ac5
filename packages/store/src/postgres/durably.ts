import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import type { Database } from "./schema.ts";

/**
 * One transaction. `synchronous_commit` is set inside it, in the round trip that begins it: whatever the server, the
 * role or a connection pooler in between have as a default, when this returns the write has reached the disk.
 */
export async function durably<T>(db: Kysely<Database>, work: (tx: Kysely<Database>) => Promise<T>): Promise<T> {
  return await transaction(db, sql`begin; set local synchronous_commit = on`, work);
}

/** One transaction that returns before it has reached the disk: the last moment before a crash of the server may be lost. */
export async function loosely<T>(db: Kysely<Database>, work: (tx: Kysely<Database>) => Promise<T>): Promise<T> {
  return await transaction(db, sql`begin; set local synchronous_commit = off`, work);
}

async function transaction<T>(
  db: Kysely<Database>,
  begin: RawBuilder<unknown>,
  work: (tx: Kysely<Database>) => Promise<T>,
): Promise<T> {
  return await db.connection().execute(async (tx) => {
    await begin.execute(tx);
    try {
      const result = await work(tx);
      const { rows } = await sql<{ command: string }>`commit`.execute(tx);
      // The server answers the commit of an aborted transaction without an error, but with another word.
      if (rows[0]?.command !== "COMMIT") throw new Error(`commit was answered with ${rows[0]?.command}`);
      return result;
    } catch (error) {
      // Fails when the connection is gone, and then there is nothing left to roll back.
      await sql`rollback`.execute(tx).catch(() => undefined);
      throw error;
    }
  });
}
