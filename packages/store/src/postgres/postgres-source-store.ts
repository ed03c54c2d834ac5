import { PlatformError } from "@berth/protocol";
import type { Kysely } from "kysely";
import { sourceAsKept } from "../kept-records.ts";
import { MAX_REMEMBERED_DELIVERIES } from "../source-store.ts";
import type { SourceRecord, SourceStore } from "../source-store.ts";
import { isStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

export class PostgresSourceStore implements SourceStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async save(source: SourceRecord): Promise<void> {
    const kept = sourceAsKept(source);
    const row = { source_id: kept.sourceId, record: JSON.stringify(kept) };
    try {
      await this.#db.transaction().execute(async (db) => {
        // Another id is another source: what was remembered of the old one's deliveries goes with it.
        await db
          .deleteFrom("sources")
          .where("org_id", "=", kept.orgId)
          .where("agent_name", "=", kept.agentName)
          .where("source_id", "!=", kept.sourceId)
          .execute();
        await db
          .insertInto("sources")
          .values({ ...row, org_id: kept.orgId, agent_name: kept.agentName })
          .onConflict((conflict) => conflict.columns(["org_id", "agent_name"]).doUpdateSet(row))
          .execute();
      });
    } catch (error) {
      if (sqlStateOf(error) !== SqlState.UniqueViolation) throw error;
      throw new PlatformError("STORE_CONFLICT", `There is a source ${kept.sourceId} already.`, { cause: error });
    }
  }

  async find(sourceId: string): Promise<SourceRecord | undefined> {
    if (!isStorableText(sourceId)) return undefined;
    const row = await this.#db
      .selectFrom("sources")
      .select("record")
      .where("source_id", "=", sourceId)
      .executeTakeFirst();
    return row === undefined ? undefined : toSource(row.record);
  }

  async ofAgent(orgId: string, agentName: string): Promise<SourceRecord | undefined> {
    if (!isStorableText(orgId) || !isStorableText(agentName)) return undefined;
    const row = await this.#db
      .selectFrom("sources")
      .select("record")
      .where("org_id", "=", orgId)
      .where("agent_name", "=", agentName)
      .executeTakeFirst();
    return row === undefined ? undefined : toSource(row.record);
  }

  async remove(orgId: string, agentName: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(agentName)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("sources")
      .where("org_id", "=", orgId)
      .where("agent_name", "=", agentName)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async claim(sourceId: string, marks: readonly string[]): Promise<boolean> {
    try {
      await this.#db.transaction().execute(async (db) => {
        const rows = marks.map((mark) => ({ source_id: sourceId, mark }));
        await db.insertInto("source_marks").values(rows).execute();
        const oldest = db
          .selectFrom("source_marks")
          .select("seq")
          .where("source_id", "=", sourceId)
          .orderBy("seq", "desc")
          .offset(MAX_REMEMBERED_DELIVERIES)
          .limit(1);
        await db.deleteFrom("source_marks").where("source_id", "=", sourceId).where("seq", "<=", oldest).execute();
      });
      return true;
    } catch (error) {
      const state = sqlStateOf(error);
      if (state === SqlState.UniqueViolation || state === FOREIGN_KEY_VIOLATION) return false;
      throw error;
    }
  }

  async release(sourceId: string, marks: readonly string[]): Promise<void> {
    await this.#db
      .deleteFrom("source_marks")
      .where("source_id", "=", sourceId)
      .where("mark", "in", [...marks])
      .execute();
  }
}

/** The source was removed meanwhile. */
const FOREIGN_KEY_VIOLATION = "23503";

function toSource(record: string): SourceRecord {
  // The text was made from a SourceRecord by `save`.
  return JSON.parse(record) as SourceRecord;
}
