import type { Kysely } from "kysely";
import type { ConformanceRecord, ConformanceStore } from "../conformance-store.ts";
import { conformanceAsKept } from "../kept-conformance.ts";
import { isStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";

export class PostgresConformanceStore implements ConformanceStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async save(record: ConformanceRecord): Promise<void> {
    const kept = conformanceAsKept(record);
    const text = JSON.stringify(kept);
    await this.#db
      .insertInto("release_conformance")
      .values({ org_id: kept.orgId, release_id: kept.releaseId, record: text })
      .onConflict((conflict) => conflict.columns(["org_id", "release_id"]).doUpdateSet({ record: text }))
      .execute();
  }

  async find(orgId: string, releaseId: string): Promise<ConformanceRecord | undefined> {
    if (![orgId, releaseId].every(isStorableText)) return undefined;
    const row = await this.#db
      .selectFrom("release_conformance")
      .select("record")
      .where("org_id", "=", orgId)
      .where("release_id", "=", releaseId)
      .executeTakeFirst();
    // The text was made by `save`.
    return row === undefined ? undefined : (JSON.parse(row.record) as ConformanceRecord);
  }
}
