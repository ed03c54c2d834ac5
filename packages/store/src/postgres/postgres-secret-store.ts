import { sql } from "kysely";
import type { Kysely, Selectable } from "kysely";
import { secretAsKept } from "../kept-secret.ts";
import { MAX_LISTED_SECRETS } from "../secret-store.ts";
import type { SecretRecord, SecretStore } from "../secret-store.ts";
import { isStorableText } from "../storable-text.ts";
import type { Database, SecretsTable } from "./schema.ts";

export class PostgresSecretStore implements SecretStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async put(secret: Omit<SecretRecord, "version">): Promise<SecretRecord> {
    const kept = secretAsKept(secret);
    const content = {
      sealed: kept.sealed,
      key_id: kept.keyId,
      hosts: kept.hosts ?? null,
      updated_at: kept.updatedAt,
      updated_by: kept.updatedBy,
    };
    const row = await this.#db
      .insertInto("secrets")
      .values({ org_id: kept.orgId, name: kept.name, agent_name: kept.agentName ?? "", version: 1, ...content })
      .onConflict((conflict) =>
        conflict
          .columns(["org_id", "name", "agent_name"])
          .doUpdateSet({ ...content, version: sql<number>`secrets.version + 1` }),
      )
      .returningAll()
      .executeTakeFirstOrThrow();
    return toSecret(row);
  }

  async find(orgId: string, name: string, agentName = ""): Promise<SecretRecord | undefined> {
    if (![orgId, name, agentName].every(isStorableText)) return undefined;
    const row = await this.#db
      .selectFrom("secrets")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("name", "=", name)
      .where("agent_name", "=", agentName)
      .executeTakeFirst();
    return row === undefined ? undefined : toSecret(row);
  }

  async list(orgId: string): Promise<readonly SecretRecord[]> {
    if (!isStorableText(orgId)) return [];
    const rows = await this.#db
      .selectFrom("secrets")
      .selectAll()
      .where("org_id", "=", orgId)
      .orderBy("name")
      .orderBy("agent_name")
      .limit(MAX_LISTED_SECRETS)
      .execute();
    return rows.map(toSecret);
  }

  async remove(orgId: string, name: string, agentName = ""): Promise<boolean> {
    if (![orgId, name, agentName].every(isStorableText)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("secrets")
      .where("org_id", "=", orgId)
      .where("name", "=", name)
      .where("agent_name", "=", agentName)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async notUnderKey(keyId: string, limit: number): Promise<readonly SecretRecord[]> {
    const rows = await this.#db.selectFrom("secrets").selectAll().where("key_id", "<>", keyId).limit(limit).execute();
    return rows.map(toSecret);
  }

  async reseal({ orgId, name, agentName = "", version, sealed, keyId }: SecretRecord): Promise<boolean> {
    const { numUpdatedRows } = await this.#db
      .updateTable("secrets")
      .set({ sealed, key_id: keyId })
      .where("org_id", "=", orgId)
      .where("name", "=", name)
      .where("agent_name", "=", agentName)
      .where("version", "=", version)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }
}

function toSecret(row: Selectable<SecretsTable>): SecretRecord {
  return {
    orgId: row.org_id,
    ...(row.agent_name === "" ? {} : { agentName: row.agent_name }),
    name: row.name,
    ...(row.hosts === null ? {} : { hosts: row.hosts }),
    sealed: row.sealed,
    keyId: row.key_id,
    version: row.version,
    updatedAt: row.updated_at,
    updatedBy: row.updated_by,
  };
}
