import type { Kysely } from "kysely";
import type { DeploymentLine, DeploymentRecord, DeploymentStatus, DeploymentStore } from "../deployment-store.ts";
import { deploymentAsKept, lineAsKept } from "../kept-records.ts";
import { boundPageSize } from "../page-token.ts";
import { isStorableText } from "../storable-text.ts";
import { deploymentOf, earlierLines } from "./earlier-deployments.ts";
import type { Database } from "./schema.ts";

const ENDS: readonly DeploymentStatus[] = ["live", "failed", "canceled"];

export class PostgresDeploymentStore implements DeploymentStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async save(deployment: DeploymentRecord): Promise<void> {
    const kept = deploymentAsKept(deployment);
    const changing = {
      agent_name: kept.agentName ?? null,
      created_at: kept.createdAt,
      record: JSON.stringify(kept),
      status: kept.status,
      kept_until: kept.keptUntil ?? null,
    };
    await this.#db
      .insertInto("deployments")
      .values({ org_id: kept.orgId, deployment_id: kept.deploymentId, ...changing })
      .onConflict((conflict) => conflict.columns(["org_id", "deployment_id"]).doUpdateSet(changing))
      .execute();
  }

  async find(orgId: string, deploymentId: string): Promise<DeploymentRecord | undefined> {
    const record = await this.#record(orgId, deploymentId);
    return record === undefined ? undefined : deploymentOf(record);
  }

  async list(
    orgId: string,
    { agentName, status, limit }: { agentName?: string; status?: DeploymentStatus; limit: number },
  ): Promise<readonly DeploymentRecord[]> {
    if (agentName !== undefined && !isStorableText(agentName)) return [];
    let query = this.#db.selectFrom("deployments").select("record").where("org_id", "=", orgId);
    if (agentName !== undefined) query = query.where("agent_name", "=", agentName);
    if (status !== undefined) query = query.where("status", "=", status);
    const rows = await query
      .orderBy("created_at", "desc")
      .orderBy("deployment_id", "desc")
      .limit(boundPageSize(limit))
      .execute();
    return rows.map(({ record }) => deploymentOf(record));
  }

  async unfinished(limit: number): Promise<readonly DeploymentRecord[]> {
    const rows = await this.#db
      .selectFrom("deployments")
      .select("record")
      .where("status", "not in", ENDS)
      .orderBy("created_at")
      .orderBy("deployment_id")
      .limit(boundPageSize(limit))
      .execute();
    return rows.map(({ record }) => deploymentOf(record));
  }

  async expired(at: string, limit: number): Promise<readonly DeploymentRecord[]> {
    const rows = await this.#db
      .selectFrom("deployments")
      .select("record")
      .where("kept_until", "<=", at)
      .orderBy("kept_until")
      .limit(boundPageSize(limit))
      .execute();
    return rows.map(({ record }) => deploymentOf(record));
  }

  async appendLines(orgId: string, deploymentId: string, lines: readonly DeploymentLine[]): Promise<void> {
    if (lines.length === 0) return;
    const rows = lines.map((line) => ({ org_id: orgId, deployment_id: deploymentId, ...lineAsKept(line) }));
    await this.#db
      .insertInto("deployment_lines")
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  }

  async lines(
    orgId: string,
    deploymentId: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<readonly DeploymentLine[]> {
    if (!isStorableText(orgId) || !isStorableText(deploymentId)) return [];
    const size = boundPageSize(limit);
    const rows = await this.#db
      .selectFrom("deployment_lines")
      .select(["seq", "at", "step", "stream", "text"])
      .where("org_id", "=", orgId)
      .where("deployment_id", "=", deploymentId)
      .where("seq", ">", Math.min(after, MAX_SEQ))
      .orderBy("seq")
      .limit(size)
      .execute();
    // Written by `appendLines` from a DeploymentLine.
    if (rows.length > 0) return rows as readonly DeploymentLine[];
    return (await this.#earlier(orgId, deploymentId)).slice(after, after + size);
  }

  async lastLine(orgId: string, deploymentId: string): Promise<number> {
    if (!isStorableText(orgId) || !isStorableText(deploymentId)) return 0;
    const row = await this.#db
      .selectFrom("deployment_lines")
      .select(({ fn }) => fn.max("seq").as("last"))
      .where("org_id", "=", orgId)
      .where("deployment_id", "=", deploymentId)
      .executeTakeFirst();
    return row?.last ?? (await this.#earlier(orgId, deploymentId)).length;
  }

  async #earlier(orgId: string, deploymentId: string): Promise<readonly DeploymentLine[]> {
    const record = await this.#record(orgId, deploymentId);
    return record === undefined ? [] : earlierLines(record);
  }

  async #record(orgId: string, deploymentId: string): Promise<string | undefined> {
    if (!isStorableText(orgId) || !isStorableText(deploymentId)) return undefined;
    const row = await this.#db
      .selectFrom("deployments")
      .select("record")
      .where("org_id", "=", orgId)
      .where("deployment_id", "=", deploymentId)
      .executeTakeFirst();
    return row?.record;
  }
}

/** The largest that an `integer` column is compared with. */
const MAX_SEQ = 2_147_483_647;
