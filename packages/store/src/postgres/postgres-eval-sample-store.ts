import { sql } from "kysely";
import type { Kysely } from "kysely";
import type {
  EvalSample,
  EvalSampleStore,
  EvalSampleSummary,
  SamplingPoint,
  SealedTask,
} from "../eval-sample-store.ts";
import { sampleAsKept, thousandthsOf, toSampleSummary } from "../kept-eval-samples.ts";
import { boundPageSize } from "../page-token.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";

export class PostgresEvalSampleStore implements EvalSampleStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async begin({ orgId, nextLeaf }: SamplingPoint): Promise<void> {
    requireStorableText({ orgId });
    await this.#db
      .insertInto("eval_sampling")
      .values({ org_id: orgId, next_leaf: nextLeaf })
      .onConflict((conflict) => conflict.column("org_id").doNothing())
      .execute();
  }

  async points(): Promise<readonly SamplingPoint[]> {
    const rows = await this.#db.selectFrom("eval_sampling").selectAll().orderBy("org_id").execute();
    return rows.map((row) => ({ orgId: row.org_id, nextLeaf: row.next_leaf }));
  }

  async movePoint({ orgId, nextLeaf }: SamplingPoint): Promise<void> {
    await this.#db
      .updateTable("eval_sampling")
      .set({ next_leaf: nextLeaf })
      .where("org_id", "=", orgId)
      .where("next_leaf", "<", nextLeaf)
      .execute();
  }

  async sealedTasks({ orgId, nextLeaf }: SamplingPoint, limit: number): Promise<readonly SealedTask[]> {
    if (!isStorableText(orgId)) return [];
    const rows = await this.#db
      .selectFrom("receipts as r")
      .innerJoin("tasks as t", (join) => join.onRef("t.org_id", "=", "r.org_id").onRef("t.task_id", "=", "r.task_id"))
      .select(["r.task_id", "r.receipt_id", "r.leaf_index", "t.agent_id", "t.release_id", "t.principal_id", "t.state"])
      .where("r.org_id", "=", orgId)
      .where("r.leaf_index", ">=", nextLeaf)
      .orderBy("r.leaf_index")
      .limit(boundPageSize(limit))
      .execute();
    return rows.map((row) => ({
      taskId: row.task_id,
      receiptId: row.receipt_id,
      leafIndex: row.leaf_index,
      agentId: row.agent_id,
      releaseId: row.release_id,
      principalId: row.principal_id,
      state: row.state,
    }));
  }

  async save(sample: EvalSample): Promise<void> {
    const kept = sampleAsKept(sample);
    await this.#db
      .insertInto("eval_samples")
      .values({
        org_id: kept.orgId,
        task_id: kept.taskId,
        agent_id: kept.agentId,
        release_id: kept.releaseId,
        suite: kept.suite,
        thousandths: thousandthsOf(kept) ?? null,
        passed: kept.passed,
        input_tokens: kept.judged?.inputTokens ?? 0,
        output_tokens: kept.judged?.outputTokens ?? 0,
        cost_micros: kept.judged?.costMicros ?? 0,
        at: kept.at,
        record: JSON.stringify(kept),
      })
      .onConflict((conflict) => conflict.columns(["org_id", "task_id"]).doNothing())
      .execute();
  }

  async sampled(orgId: string, taskIds: readonly string[]): Promise<ReadonlySet<string>> {
    const ids = taskIds.filter(isStorableText);
    if (ids.length === 0 || !isStorableText(orgId)) return new Set();
    const rows = await this.#db
      .selectFrom("eval_samples")
      .select("task_id")
      .where("org_id", "=", orgId)
      .where("task_id", "in", ids)
      .execute();
    return new Set(rows.map((row) => row.task_id));
  }

  async list(
    orgId: string,
    { agentId, limit }: { readonly agentId: string; readonly limit: number },
  ): Promise<readonly EvalSample[]> {
    if (![orgId, agentId].every(isStorableText)) return [];
    const rows = await this.#db
      .selectFrom("eval_samples")
      .select("record")
      .where("org_id", "=", orgId)
      .where("agent_id", "=", agentId)
      .orderBy("at", "desc")
      .orderBy("task_id", "desc")
      .limit(boundPageSize(limit))
      .execute();
    // The text was made by `save`.
    return rows.map(({ record }) => JSON.parse(record) as EvalSample);
  }

  async summaries(orgId: string, releaseIds: readonly string[]): Promise<readonly EvalSampleSummary[]> {
    const ids = releaseIds.filter(isStorableText);
    if (ids.length === 0 || !isStorableText(orgId)) return [];
    const { rows } = await sql<Parameters<typeof toSampleSummary>[0]>`
      select release_id as "releaseId", max(suite) as suite, max(at) as at,
        count(thousandths) as scored,
        count(*) filter (where passed) as passed,
        count(*) filter (where thousandths is null) as "notScored",
        coalesce(sum(thousandths), 0)::int8 as thousandths,
        sum(input_tokens)::int8 as "inputTokens",
        sum(output_tokens)::int8 as "outputTokens",
        sum(cost_micros)::int8 as "costMicros"
      from eval_samples
      where org_id = ${orgId} and release_id = any(${ids}::text[])
      group by release_id`.execute(this.#db);
    const byRelease = new Map(rows.map((row) => [row.releaseId, toSampleSummary(row)]));
    return ids.flatMap((id) => byRelease.get(id) ?? []);
  }
}
