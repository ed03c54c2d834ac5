import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { AuditEntry, AuditFilter, AuditRecord, AuditStore, NewAuditEntry } from "../audit-store.ts";
import { auditEntryAsKept } from "../kept-audit.ts";
import { boundPageSize, decodePageToken, encodePageToken, isIndexPart } from "../page-token.ts";
import { isStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";

export class PostgresAuditStore implements AuditStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  /** One statement and so one transaction, which sets `synchronous_commit` for itself, as `durably` does. */
  async append(entry: NewAuditEntry): Promise<AuditEntry> {
    const { entry: kept, text } = auditEntryAsKept(entry);
    const { orgId, auditId, at, actor, action, resource, outcome } = kept;
    await sql`
      with durable as materialized (select set_config('synchronous_commit', 'on', true) as on_commit),
      noted as (
        insert into audit_entries (org_id, entry_id, at, record, actor, action, resource, outcome)
        values (${orgId}, ${auditId}, ${at}, ${text}, ${searchable(actor)}, ${searchable(action)},
          ${searchable(resource)}, ${outcome})
      ),
      queued as (
        insert into ledger_queue (org_id, kind, ref, payload, queued_at)
        values (${orgId}, 'audit', ${auditId}, ${text}, ${at})
      )
      select 1 from durable`.execute(this.#db);
    return kept;
  }

  async find(orgId: string, auditId: string): Promise<AuditRecord | undefined> {
    if (!isStorableText(orgId) || !isStorableText(auditId)) return undefined;
    const row = await this.#db
      .selectFrom("audit_entries")
      .select(["record", "leaf_index"])
      .where("org_id", "=", orgId)
      .where("entry_id", "=", auditId)
      .executeTakeFirst();
    return row === undefined ? undefined : toRecord(row);
  }

  async list(orgId: string, limit: number): Promise<readonly AuditRecord[]> {
    return (await this.query(orgId, {}, { size: limit })).entries;
  }

  async query(
    orgId: string,
    { actor, action, resource, outcome, from, to }: AuditFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly entries: readonly AuditRecord[]; readonly nextPageToken?: string }> {
    const size = boundPageSize(page.size);
    let query = this.#db
      .selectFrom("audit_entries")
      .select(["audit_id", "record", "leaf_index"])
      .where("org_id", "=", orgId);
    if (page.token !== undefined) {
      const [before] = decodePageToken("audit", page.token, [isIndexPart]);
      query = query.where("audit_id", "<", Number(before));
    }
    if (actor !== undefined) query = query.where("actor", "=", searchable(actor));
    if (resource !== undefined) query = query.where("resource", "=", searchable(resource));
    if (outcome !== undefined) query = query.where("outcome", "=", outcome);
    if (from !== undefined) query = query.where("at", ">=", from);
    if (to !== undefined) query = query.where("at", "<", to);
    if (action?.endsWith(".") === true) query = query.where(sql<boolean>`starts_with(action, ${searchable(action)})`);
    else if (action !== undefined) query = query.where("action", "=", searchable(action));
    const rows = await query
      .orderBy("audit_id", "desc")
      .limit(size + 1)
      .execute();
    const entries = rows.slice(0, size).map(toRecord);
    const last = rows[size - 1];
    const more = rows.length > size && last !== undefined;
    return { entries, ...(more ? { nextPageToken: encodePageToken("audit", [String(last.audit_id)]) } : {}) };
  }
}

/** Columns cannot hold \u0000, which the record can. */
function searchable(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "\ufffd");
}

function toRecord(row: { readonly record: string; readonly leaf_index: number | null }): AuditRecord {
  // The text was made from an AuditEntry by `append`.
  const entry = JSON.parse(row.record) as AuditEntry;
  return { ...entry, ...(row.leaf_index === null ? {} : { leafIndex: row.leaf_index }) };
}
