import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { AppSessionPlace, SessionRecord } from "../identity-store.ts";
import { toInstant } from "../instant.ts";
import { sessionAsKept } from "../kept-identities.ts";
import { isStorableText } from "../storable-text.ts";
import type { SessionsTable } from "./identity-tables.ts";
import type { Database } from "./schema.ts";

/** The sessions of PostgresIdentityStore. */
export class PostgresSessions {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async insert(session: SessionRecord): Promise<void> {
    const kept = sessionAsKept(session);
    const row: SessionsTable = {
      session_id: kept.sessionId,
      token_hash: kept.tokenHash,
      purpose: kept.purpose,
      org_id: kept.orgId,
      principal_id: kept.principalId,
      created_at: kept.createdAt,
      last_used_at: kept.lastUsedAt,
      expires_at: kept.expiresAt,
      user_agent: kept.userAgent ?? null,
      app_agent: kept.app?.agent ?? null,
      app_release: kept.app?.release ?? null,
      parent_hash: kept.app?.parentHash ?? null,
    };
    await this.#db.insertInto("sessions").values(row).execute();
  }

  async find(tokenHash: string): Promise<SessionRecord | undefined> {
    if (!isStorableText(tokenHash)) return undefined;
    const row = await this.#db
      .selectFrom("sessions")
      .selectAll()
      .where("token_hash", "=", tokenHash)
      .executeTakeFirst();
    return row === undefined ? undefined : toSession(row);
  }

  async touch(sessionId: string, at: string): Promise<void> {
    if (!isStorableText(sessionId)) return;
    await this.#db
      .updateTable("sessions")
      .set({ last_used_at: toInstant(at) })
      .where("session_id", "=", sessionId)
      .where("last_used_at", "<", toInstant(at))
      .execute();
  }

  async list(principalId: string, limit: number): Promise<readonly SessionRecord[]> {
    const rows = await this.#db
      .selectFrom("sessions")
      .selectAll()
      .where("principal_id", "=", principalId)
      .orderBy("created_at", "desc")
      .orderBy("session_id", "desc")
      .limit(limit)
      .execute();
    return rows.map(toSession);
  }

  async remove(sessionId: string): Promise<boolean> {
    if (!isStorableText(sessionId)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("sessions")
      .where("session_id", "=", sessionId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async removeOf(principalId: string, orgId?: string): Promise<readonly string[]> {
    const inOrg = orgId === undefined ? sql`true` : sql`org_id = ${orgId}`;
    const { rows } = await sql<{ token_hash: string }>`
      delete from sessions where principal_id = ${principalId} and ${inOrg} returning token_hash`.execute(this.#db);
    return rows.map((row) => row.token_hash);
  }

  async removeExpired(at: string): Promise<number> {
    const { numDeletedRows } = await this.#db
      .deleteFrom("sessions")
      .where("expires_at", "<=", toInstant(at))
      .executeTakeFirst();
    return Number(numDeletedRows);
  }
}

function toSession(row: SessionsTable): SessionRecord {
  return {
    purpose: row.purpose,
    sessionId: row.session_id,
    tokenHash: row.token_hash,
    orgId: row.org_id,
    principalId: row.principal_id,
    createdAt: row.created_at,
    lastUsedAt: row.last_used_at,
    expiresAt: row.expires_at,
    ...(row.user_agent === null ? {} : { userAgent: row.user_agent }),
    ...toApp(row),
  };
}

function toApp({ app_agent: agent, app_release: release, parent_hash: parentHash }: SessionsTable): {
  readonly app?: AppSessionPlace;
} {
  if (agent === null || parentHash === null) return {};
  return { app: { agent, ...(release === null ? {} : { release }), parentHash } };
}
