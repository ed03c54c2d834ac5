import { sql } from "kysely";
import type { Kysely, SelectQueryBuilder, Selectable } from "kysely";
import { toInstant } from "../instant.ts";
import { oauthRecordAsKept } from "../kept-oauth.ts";
import { MAX_LISTED_OAUTH_RECORDS } from "../oauth-store.ts";
import type { OAuthRecord, OAuthStore } from "../oauth-store.ts";
import { isStorableText } from "../storable-text.ts";
import type { OAuthRecordsTable } from "./identity-tables.ts";
import type { Database } from "./schema.ts";

type Row = Selectable<OAuthRecordsTable>;

export class PostgresOAuthStore implements OAuthStore {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async upsert(record: OAuthRecord): Promise<void> {
    const kept = oauthRecordAsKept(record);
    const row = {
      kind: kept.kind,
      record_id: kept.id,
      body: JSON.stringify(kept.payload),
      grant_id: kept.grantId ?? null,
      user_code: kept.userCode ?? null,
      uid: kept.uid ?? null,
      expires_at: kept.expiresAt ?? null,
      consumed_at: kept.consumedAt ?? null,
    };
    await this.#db
      .insertInto("oauth_records")
      .values(row)
      .onConflict((conflict) =>
        conflict.columns(["kind", "record_id"]).doUpdateSet({
          ...row,
          consumed_at: sql`coalesce(oauth_records.consumed_at, excluded.consumed_at)`,
        }),
      )
      .execute();
  }

  async find(kind: string, id: string): Promise<OAuthRecord | undefined> {
    if (!isStorableText(id)) return undefined;
    const row = await this.#current(kind).where("record_id", "=", id).executeTakeFirst();
    return row === undefined ? undefined : toRecord(row);
  }

  async findByUserCode(kind: string, userCode: string): Promise<OAuthRecord | undefined> {
    if (!isStorableText(userCode)) return undefined;
    const row = await this.#current(kind).where("user_code", "=", userCode).executeTakeFirst();
    return row === undefined ? undefined : toRecord(row);
  }

  async findByUid(kind: string, uid: string): Promise<OAuthRecord | undefined> {
    if (!isStorableText(uid)) return undefined;
    const row = await this.#current(kind).where("uid", "=", uid).executeTakeFirst();
    return row === undefined ? undefined : toRecord(row);
  }

  async consume(kind: string, id: string, at: string): Promise<boolean> {
    if (!isStorableText(id)) return false;
    const { numUpdatedRows } = await this.#db
      .updateTable("oauth_records")
      .set({ consumed_at: toInstant(at) })
      .where("kind", "=", kind)
      .where("record_id", "=", id)
      .where("consumed_at", "is", null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async remove(kind: string, id: string): Promise<void> {
    if (!isStorableText(id)) return;
    await this.#db.deleteFrom("oauth_records").where("kind", "=", kind).where("record_id", "=", id).execute();
  }

  async removeByGrantId(grantId: string): Promise<void> {
    if (!isStorableText(grantId)) return;
    await this.#db.deleteFrom("oauth_records").where("grant_id", "=", grantId).execute();
  }

  async list(kind: string, limit: number): Promise<readonly OAuthRecord[]> {
    const rows = await this.#current(kind)
      .orderBy("record_id")
      .limit(Math.min(limit, MAX_LISTED_OAUTH_RECORDS))
      .execute();
    return rows.map(toRecord);
  }

  async removeExpired(at: string): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom("oauth_records")
      .where("expires_at", "<=", toInstant(at))
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  #current(kind: string): SelectQueryBuilder<Database, "oauth_records", Row> {
    return this.#db
      .selectFrom("oauth_records")
      .selectAll()
      .where("kind", "=", kind)
      .where((row) => row.or([row("expires_at", "is", null), row("expires_at", ">", this.#now().toISOString())]));
  }
}

function toRecord(row: Row): OAuthRecord {
  return {
    kind: row.kind,
    id: row.record_id,
    // The text was made from a JsonObject by `upsert`.
    payload: JSON.parse(row.body) as OAuthRecord["payload"],
    ...(row.grant_id === null ? {} : { grantId: row.grant_id }),
    ...(row.user_code === null ? {} : { userCode: row.user_code }),
    ...(row.uid === null ? {} : { uid: row.uid }),
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.consumed_at === null ? {} : { consumedAt: row.consumed_at }),
  };
}
