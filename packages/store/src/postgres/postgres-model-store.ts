import type { Kysely } from "kysely";
import { modelEntryAsKept } from "../kept-models.ts";
import { MAX_MODEL_ENTRIES } from "../model-store.ts";
import type { ModelAlias, ModelProvider, ModelStore } from "../model-store.ts";
import { isStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";

type Kind = "provider" | "alias";

export class PostgresModelStore implements ModelStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async providers(orgId: string): Promise<readonly ModelProvider[]> {
    // The texts of this kind were made from providers.
    return (await this.#list(orgId, "provider")) as readonly ModelProvider[];
  }

  async aliases(orgId: string): Promise<readonly ModelAlias[]> {
    // The texts of this kind were made from aliases.
    return (await this.#list(orgId, "alias")) as readonly ModelAlias[];
  }

  async putProvider(provider: ModelProvider): Promise<void> {
    await this.#put("provider", provider);
  }

  async putAlias(alias: ModelAlias): Promise<void> {
    await this.#put("alias", alias);
  }

  async removeProvider(orgId: string, name: string): Promise<boolean> {
    return await this.#remove(orgId, "provider", name);
  }

  async removeAlias(orgId: string, name: string): Promise<boolean> {
    return await this.#remove(orgId, "alias", name);
  }

  async #list(orgId: string, kind: Kind): Promise<readonly unknown[]> {
    if (!isStorableText(orgId)) return [];
    const rows = await this.#db
      .selectFrom("model_entries")
      .select("record")
      .where("org_id", "=", orgId)
      .where("kind", "=", kind)
      .orderBy("name")
      .limit(MAX_MODEL_ENTRIES)
      .execute();
    return rows.map(({ record }): unknown => JSON.parse(record));
  }

  async #put(kind: Kind, entry: ModelProvider | ModelAlias): Promise<void> {
    const kept = modelEntryAsKept(entry);
    const record = JSON.stringify(kept);
    await this.#db
      .insertInto("model_entries")
      .values({ org_id: kept.orgId, kind, name: kept.name, record })
      .onConflict((conflict) => conflict.columns(["org_id", "kind", "name"]).doUpdateSet({ record }))
      .execute();
  }

  async #remove(orgId: string, kind: Kind, name: string): Promise<boolean> {
    if (![orgId, name].every(isStorableText)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("model_entries")
      .where("org_id", "=", orgId)
      .where("kind", "=", kind)
      .where("name", "=", name)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}
