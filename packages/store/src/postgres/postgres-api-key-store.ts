import { PlatformError } from "@berth/protocol";
import type { Kysely } from "kysely";
import { sql } from "kysely";
import type { ApiKeyRecord, ApiKeyStore } from "../api-key-store.ts";
import { toInstant } from "../instant.ts";
import { apiKeyAsKept } from "../kept-records.ts";
import { isStorableText } from "../storable-text.ts";
import type { ApiKeysTable, Database } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";
import { unnest } from "./unnest.ts";

const MAX_KEYS = 10_000;

export class PostgresApiKeyStore implements ApiKeyStore {
  readonly #db: Kysely<Database>;
  #touched = new Map<string, string>();
  #touching: Promise<void> | undefined;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async insert(key: ApiKeyRecord): Promise<void> {
    const { orgId, keyId, secretHash, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt } = apiKeyAsKept(key);
    const { createdBy, agents, cidrs } = key;
    const row = {
      org_id: orgId,
      key_id: keyId,
      secret_hash: secretHash,
      name,
      scopes,
      created_at: createdAt,
      expires_at: expiresAt ?? null,
      last_used_at: lastUsedAt ?? null,
      revoked_at: revokedAt ?? null,
      created_by: createdBy ?? null,
      agents: agents ?? null,
      cidrs: cidrs ?? null,
    };
    try {
      await this.#db.insertInto("api_keys").values(row).execute();
    } catch (error) {
      if (sqlStateOf(error) !== SqlState.UniqueViolation) throw error;
      throw new PlatformError("STORE_CONFLICT", `There is a key ${keyId} already.`, { cause: error });
    }
  }

  async find(keyId: string): Promise<ApiKeyRecord | undefined> {
    if (!isStorableText(keyId)) return undefined;
    const row = await this.#db.selectFrom("api_keys").selectAll().where("key_id", "=", keyId).executeTakeFirst();
    return row === undefined ? undefined : toApiKeyRecord(row);
  }

  async list(orgId: string): Promise<readonly ApiKeyRecord[]> {
    const rows = await this.#db
      .selectFrom("api_keys")
      .selectAll()
      .where("org_id", "=", orgId)
      .orderBy("created_at", "desc")
      .orderBy("key_id", "desc")
      .limit(MAX_KEYS)
      .execute();
    return rows.map(toApiKeyRecord);
  }

  async revoke(orgId: string, keyId: string, at: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(keyId)) return false;
    const { numUpdatedRows } = await this.#db
      .updateTable("api_keys")
      .set({ revoked_at: toInstant(at) })
      .where("org_id", "=", orgId)
      .where("key_id", "=", keyId)
      .where("revoked_at", "is", null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  /** Every call of the platform comes through here: uses during one update are written together by the next one. */
  async touch(keyId: string, at: string): Promise<void> {
    if (!isStorableText(keyId)) return;
    const before = this.#touched.get(keyId) ?? "";
    const latest = toInstant(at);
    this.#touched.set(keyId, latest > before ? latest : before);
    this.#touching ??= this.#writeTouched();
    await this.#touching;
  }

  async #writeTouched(): Promise<void> {
    while (this.#touched.size > 0) {
      const rows = [...this.#touched];
      this.#touched = new Map();
      // Best effort by contract: nobody waits for it and nothing depends on it.
      await sql`update api_keys as k set last_used_at = u.at from ${unnest(rows, ["text", "timestamptz"])} as u (key_id, at)
        where k.key_id = u.key_id and (k.last_used_at is null or k.last_used_at < u.at)`
        .execute(this.#db)
        .catch(() => undefined);
    }
    this.#touching = undefined;
  }
}

function toApiKeyRecord(row: ApiKeysTable): ApiKeyRecord {
  return {
    orgId: row.org_id,
    keyId: row.key_id,
    secretHash: row.secret_hash,
    name: row.name,
    scopes: row.scopes,
    createdAt: row.created_at,
    ...(row.expires_at === null ? {} : { expiresAt: row.expires_at }),
    ...(row.last_used_at === null ? {} : { lastUsedAt: row.last_used_at }),
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...(row.created_by === null ? {} : { createdBy: row.created_by }),
    ...(row.agents === null ? {} : { agents: row.agents }),
    ...(row.cidrs === null ? {} : { cidrs: row.cidrs }),
  };
}
