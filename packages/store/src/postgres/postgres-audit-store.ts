import type { Kysely } from "kysely";
import type { AuditEntry, AuditStore } from "../audit-store.ts";
import { auditEntryAsKept } from "../kept-records.ts";
import { boundPageSize } from "../page-token.ts";
import type { Database } from "./schema.ts";

export class PostgresAuditStore implements AuditStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async append(entry: AuditEntry): Promise<void> {
    const kept = auditEntryAsKept(entry);
    const row = { org_id: kept.orgId, at: kept.at, record: JSON.stringify(kept) };
    await this.#db.insertInto("audit_entries").values(row).execute();
  }

  async list(orgId: string, limit: number): Promise<readonly AuditEntry[]> {
    const rows = await this.#db
      .selectFrom("audit_entries")
      .select("record")
      .where("org_id", "=", orgId)
      .orderBy("audit_id", "desc")
      .limit(boundPageSize(limit))
      .execute();
    // The text was made from an AuditEntry by `append`.
    return rows.map((row) => JSON.parse(row.record) as AuditEntry);
  }
}
