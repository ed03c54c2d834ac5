import type { Kysely } from "kysely";
import { MAX_LISTED_TARGETS, placementAsKept, targetAsKept } from "../kept-targets.ts";
import { boundPageSize } from "../page-token.ts";
import { isStorableText } from "../storable-text.ts";
import type { PlacementRecord, TargetRecord, TargetStore } from "../target-store.ts";
import type { Database } from "./schema.ts";

export class PostgresTargetStore implements TargetStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async save(target: TargetRecord): Promise<void> {
    const kept = targetAsKept(target);
    const record = JSON.stringify(kept);
    await this.#db
      .insertInto("targets")
      .values({ org_id: kept.orgId, name: kept.name, record })
      .onConflict((conflict) => conflict.columns(["org_id", "name"]).doUpdateSet({ record }))
      .execute();
  }

  async find(orgId: string, name: string): Promise<TargetRecord | undefined> {
    if (![orgId, name].every(isStorableText)) return undefined;
    const row = await this.#db
      .selectFrom("targets")
      .select("record")
      .where("org_id", "=", orgId)
      .where("name", "=", name)
      .executeTakeFirst();
    return row === undefined ? undefined : toTarget(row);
  }

  async list(orgId: string): Promise<readonly TargetRecord[]> {
    if (!isStorableText(orgId)) return [];
    const rows = await this.#db
      .selectFrom("targets")
      .select("record")
      .where("org_id", "=", orgId)
      .orderBy("name")
      .limit(MAX_LISTED_TARGETS)
      .execute();
    return rows.map(toTarget);
  }

  async remove(orgId: string, name: string): Promise<boolean> {
    if (![orgId, name].every(isStorableText)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("targets")
      .where("org_id", "=", orgId)
      .where("name", "=", name)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async savePlacement(placement: PlacementRecord): Promise<void> {
    const kept = placementAsKept(placement);
    const changing = {
      agent_id: kept.agentId,
      target: kept.target,
      created_at: kept.createdAt,
      record: JSON.stringify(kept),
    };
    await this.#db
      .insertInto("target_placements")
      .values({ org_id: kept.orgId, release_id: kept.releaseId, ...changing })
      .onConflict((conflict) => conflict.columns(["org_id", "release_id"]).doUpdateSet(changing))
      .execute();
  }

  async placement(orgId: string, releaseId: string): Promise<PlacementRecord | undefined> {
    if (![orgId, releaseId].every(isStorableText)) return undefined;
    const row = await this.#db
      .selectFrom("target_placements")
      .select("record")
      .where("org_id", "=", orgId)
      .where("release_id", "=", releaseId)
      .executeTakeFirst();
    return row === undefined ? undefined : toPlacement(row);
  }

  async placements(
    orgId: string,
    { agentId, target, limit }: { readonly agentId?: string; readonly target?: string; readonly limit: number },
  ): Promise<readonly PlacementRecord[]> {
    if (![orgId, agentId ?? "", target ?? ""].every(isStorableText)) return [];
    let query = this.#db.selectFrom("target_placements").select("record").where("org_id", "=", orgId);
    if (agentId !== undefined) query = query.where("agent_id", "=", agentId);
    if (target !== undefined) query = query.where("target", "=", target);
    const rows = await query
      .orderBy("created_at", "desc")
      .orderBy("release_id", "desc")
      .limit(boundPageSize(limit))
      .execute();
    return rows.map(toPlacement);
  }

  async removePlacement(orgId: string, releaseId: string): Promise<boolean> {
    if (![orgId, releaseId].every(isStorableText)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("target_placements")
      .where("org_id", "=", orgId)
      .where("release_id", "=", releaseId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}

function toTarget({ record }: { readonly record: string }): TargetRecord {
  // The text was made by `save`.
  return JSON.parse(record) as TargetRecord;
}

function toPlacement({ record }: { readonly record: string }): PlacementRecord {
  // The text was made by `savePlacement`.
  return JSON.parse(record) as PlacementRecord;
}
