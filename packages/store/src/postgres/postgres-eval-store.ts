import type { EvalSuite } from "@berth/protocol";
import type { Kysely } from "kysely";
import type { EvalCaseResult, EvalRunRecord, EvalRunSummary, EvalStore } from "../eval-store.ts";
import { evalRunAsKept, suitesAsKept, toEvalSummary } from "../kept-evals.ts";
import { boundPageSize } from "../page-token.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";

export class PostgresEvalStore implements EvalStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async saveSuites(orgId: string, releaseId: string, suites: readonly EvalSuite[]): Promise<void> {
    requireStorableText({ orgId, releaseId });
    const record = JSON.stringify(suitesAsKept(suites));
    await this.#db
      .insertInto("eval_suites")
      .values({ org_id: orgId, release_id: releaseId, record })
      .onConflict((conflict) => conflict.columns(["org_id", "release_id"]).doUpdateSet({ record }))
      .execute();
  }

  async suites(orgId: string, releaseId: string): Promise<readonly EvalSuite[]> {
    if (![orgId, releaseId].every(isStorableText)) return [];
    const row = await this.#db
      .selectFrom("eval_suites")
      .select("record")
      .where("org_id", "=", orgId)
      .where("release_id", "=", releaseId)
      .executeTakeFirst();
    // The text was made from suites by `saveSuites`.
    return row === undefined ? [] : (JSON.parse(row.record) as readonly EvalSuite[]);
  }

  async saveRun(run: EvalRunRecord): Promise<void> {
    const kept = evalRunAsKept(run);
    const changing = {
      agent_id: kept.agentId,
      release_id: kept.releaseId,
      suite: kept.suite,
      running: kept.status === "running",
      scored: kept.score !== undefined,
      started_at: kept.startedAt,
      summary: JSON.stringify(toEvalSummary(kept)),
      cases: JSON.stringify(kept.cases),
    };
    await this.#db
      .insertInto("eval_runs")
      .values({ org_id: kept.orgId, run_id: kept.runId, ...changing })
      .onConflict((conflict) => conflict.columns(["org_id", "run_id"]).doUpdateSet(changing))
      .execute();
  }

  async findRun(orgId: string, runId: string): Promise<EvalRunRecord | undefined> {
    if (![orgId, runId].every(isStorableText)) return undefined;
    const row = await this.#db
      .selectFrom("eval_runs")
      .select(["summary", "cases"])
      .where("org_id", "=", orgId)
      .where("run_id", "=", runId)
      .executeTakeFirst();
    return row === undefined ? undefined : toRun(row);
  }

  async runs(
    orgId: string,
    { agentId, suite, limit }: { readonly agentId: string; readonly suite?: string; readonly limit: number },
  ): Promise<readonly EvalRunSummary[]> {
    if (![orgId, agentId, suite ?? ""].every(isStorableText)) return [];
    let query = this.#db
      .selectFrom("eval_runs")
      .select("summary")
      .where("org_id", "=", orgId)
      .where("agent_id", "=", agentId);
    if (suite !== undefined) query = query.where("suite", "=", suite);
    const rows = await query
      .orderBy("started_at", "desc")
      .orderBy("run_id", "desc")
      .limit(boundPageSize(limit))
      .execute();
    return rows.map(toSummary);
  }

  async latest(orgId: string, releaseIds: readonly string[]): Promise<readonly EvalRunSummary[]> {
    const ids = releaseIds.filter(isStorableText);
    if (ids.length === 0 || !isStorableText(orgId)) return [];
    const rows = await this.#db
      .selectFrom("eval_runs")
      .distinctOn("release_id")
      .select(["release_id", "summary"])
      .where("org_id", "=", orgId)
      .where("release_id", "in", ids)
      .where("scored", "=", true)
      .orderBy("release_id")
      .orderBy("started_at", "desc")
      .orderBy("run_id", "desc")
      .execute();
    const byRelease = new Map(rows.map((row) => [row.release_id, toSummary(row)]));
    return ids.flatMap((id) => byRelease.get(id) ?? []);
  }

  async running(limit: number): Promise<readonly EvalRunRecord[]> {
    const rows = await this.#db
      .selectFrom("eval_runs")
      .select(["summary", "cases"])
      .where("running", "=", true)
      .orderBy("started_at", "desc")
      .limit(limit)
      .execute();
    return rows.map(toRun);
  }
}

function toSummary({ summary }: { readonly summary: string }): EvalRunSummary {
  // The text was made by `saveRun`.
  return JSON.parse(summary) as EvalRunSummary;
}

function toRun(row: { readonly summary: string; readonly cases: string }): EvalRunRecord {
  // As above.
  return { ...toSummary(row), cases: JSON.parse(row.cases) as readonly EvalCaseResult[] };
}
