import type { Kysely } from "kysely";
import type { DeploymentRecord, DeploymentStore } from "../deployment-store.ts";
import { deploymentAsKept } from "../kept-records.ts";
import { boundPageSize } from "../page-token.ts";
import { isStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";

export class PostgresDeploymentStore implements DeploymentStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async save(deployment: DeploymentRecord): Promise<void> {
    const kept = deploymentAsKept(deployment);
    const changing = { agent_name: kept.agentName ?? null, created_at: kept.createdAt, record: JSON.stringify(kept) };
    await this.#db
      .insertInto("deployments")
      .values({ org_id: kept.orgId, deployment_id: kept.deploymentId, ...changing })
      .onConflict((conflict) => conflict.columns(["org_id", "deployment_id"]).doUpdateSet(changing))
      .execute();
  }

  async find(orgId: string, deploymentId: string): Promise<DeploymentRecord | undefined> {
    if (!isStorableText(orgId) || !isStorableText(deploymentId)) return undefined;
    const row = await this.#db
      .selectFrom("deployments")
      .select("record")
      .where("org_id", "=", orgId)
      .where("deployment_id", "=", deploymentId)
      .executeTakeFirst();
    return row === undefined ? undefined : toDeployment(row.record);
  }

  async list(
    orgId: string,
    filter: { readonly agentName?: string; readonly limit: number },
  ): Promise<readonly DeploymentRecord[]> {
    if (filter.agentName !== undefined && !isStorableText(filter.agentName)) return [];
    let query = this.#db.selectFrom("deployments").select("record").where("org_id", "=", orgId);
    if (filter.agentName !== undefined) query = query.where("agent_name", "=", filter.agentName);
    const rows = await query
      .orderBy("created_at", "desc")
      .orderBy("deployment_id", "desc")
      .limit(boundPageSize(filter.limit))
      .execute();
    return rows.map((row) => toDeployment(row.record));
  }
}

function toDeployment(record: string): DeploymentRecord {
  // The text was made from a DeploymentRecord by `save`.
  return JSON.parse(record) as DeploymentRecord;
}
