import type { Kysely, Selectable } from "kysely";
import type { RunRecord, RunStore } from "../run-store.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import { durably } from "./durably.ts";
import type { Database, RunsTable } from "./schema.ts";

export class PostgresRunStore implements RunStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async insert({ orgId, taskId, turn, wakeAt }: RunRecord): Promise<void> {
    requireStorableText({ orgId, taskId });
    await durably(this.#db, async (tx) => {
      await tx
        .insertInto("runs")
        .values({ org_id: orgId, task_id: taskId, record: turn, wake_at: wakeAt ?? null })
        .onConflict((conflict) => conflict.column("task_id").doNothing())
        .execute();
    });
  }

  async find(orgId: string, taskId: string): Promise<RunRecord | undefined> {
    if (!isStorableText(taskId)) return undefined;
    const found = this.#db.selectFrom("runs").selectAll().where("org_id", "=", orgId).where("task_id", "=", taskId);
    const row = await found.executeTakeFirst();
    return row === undefined ? undefined : toRun(row);
  }

  async wakeAt(orgId: string, taskId: string, at: string | undefined): Promise<void> {
    await durably(this.#db, async (tx) => {
      const update = tx.updateTable("runs").set({ wake_at: at ?? null });
      await update.where("org_id", "=", orgId).where("task_id", "=", taskId).execute();
    });
  }

  async remove(orgId: string, taskId: string): Promise<void> {
    await durably(this.#db, async (tx) => {
      await tx.deleteFrom("runs").where("org_id", "=", orgId).where("task_id", "=", taskId).execute();
    });
  }

  async due(at: string, limit: number): Promise<readonly RunRecord[]> {
    const due = this.#db.selectFrom("runs").selectAll().where("wake_at", "<=", at).orderBy("wake_at").limit(limit);
    return (await due.execute()).map(toRun);
  }

  async list({
    afterTaskId = "",
    limit,
  }: {
    readonly afterTaskId?: string;
    readonly limit: number;
  }): Promise<readonly RunRecord[]> {
    const later = this.#db.selectFrom("runs").selectAll().where("task_id", ">", afterTaskId);
    return (await later.orderBy("task_id").limit(limit).execute()).map(toRun);
  }
}

function toRun({ org_id, task_id, record, wake_at }: Selectable<RunsTable>): RunRecord {
  return { orgId: org_id, taskId: task_id, turn: record, ...(wake_at === null ? {} : { wakeAt: wake_at }) };
}
