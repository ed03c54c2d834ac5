import type { Kysely } from "kysely";
import type { IssuerRecord } from "../identity-store.ts";
import { issuerAsKept } from "../kept-identities.ts";
import { toInstant } from "../instant.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";

/** The issuers of PostgresIdentityStore, and which of their tokens were used. */
export class PostgresIssuers {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async insert(issuer: IssuerRecord): Promise<void> {
    const kept = issuerAsKept(issuer);
    const { orgId, issuerId, createdAt } = kept;
    const row = { org_id: orgId, issuer_id: issuerId, created_at: createdAt, record: JSON.stringify(kept) };
    await this.#db.insertInto("issuers").values(row).execute();
  }

  async list(orgId: string | undefined, limit: number): Promise<readonly IssuerRecord[]> {
    let query = this.#db.selectFrom("issuers").select("record");
    if (orgId !== undefined) query = query.where("org_id", "=", orgId);
    const rows = await query.orderBy("created_at").orderBy("issuer_id").limit(limit).execute();
    // The text was made from an IssuerRecord by `insert`.
    return rows.map(({ record }) => JSON.parse(record) as IssuerRecord);
  }

  async useToken(tokenHash: string, expiresAt: string): Promise<boolean> {
    requireStorableText({ tokenHash });
    const { numInsertedOrUpdatedRows = 0n } = await this.#db
      .insertInto("used_tokens")
      .values({ token_hash: tokenHash, expires_at: toInstant(expiresAt) })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirst();
    return numInsertedOrUpdatedRows > 0n;
  }

  async forgetUsedTokens(at: string): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom("used_tokens")
      .where("expires_at", "<=", toInstant(at))
      .executeTakeFirst();
    return Number(numDeletedRows);
  }

  async remove(orgId: string, issuerId: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(issuerId)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("issuers")
      .where("org_id", "=", orgId)
      .where("issuer_id", "=", issuerId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}
