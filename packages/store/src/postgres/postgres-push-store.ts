import { sql } from "kysely";
import type { Kysely } from "kysely";
import { toInstant } from "../instant.ts";
import { pushConfigAsKept, pushHostOf } from "../kept-push-config.ts";
import { boundPageSize, decodePageToken, encodePageToken, isTextPart } from "../page-token.ts";
import type {
  PushClaim,
  PushConfigPage,
  PushConfigRecord,
  PushDelivery,
  PushLease,
  PushOutcome,
  PushPlan,
  PushPrune,
  PushStore,
} from "../push-store.ts";
import { isStorableText } from "../storable-text.ts";
import { durably } from "./durably.ts";
import type { Database, PushConfigsTable, PushDeliveriesTable } from "./schema.ts";
import { unnest } from "./unnest.ts";

type ConfigKey = Pick<PushConfigRecord, "orgId" | "taskId" | "configId">;

export class PostgresPushStore implements PushStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async save(config: PushConfigRecord, { ended }: { readonly ended: boolean } = { ended: false }): Promise<void> {
    const kept = pushConfigAsKept(config);
    const { orgId, taskId, configId, createdAt, cursor, ...record } = kept;
    await sql`insert into push_configs (org_id, task_id, config_id, record, created_at, cursor, ended, host)
      values (${orgId}, ${taskId}, ${configId}, ${JSON.stringify(record)}, ${createdAt}, ${cursor}, ${ended},
        ${pushHostOf(kept)})
      on conflict (org_id, task_id, config_id) do update set record = excluded.record, host = excluded.host`.execute(
      this.#db,
    );
  }

  async find(orgId: string, taskId: string, configId: string): Promise<PushConfigRecord | undefined> {
    if (![orgId, taskId, configId].every(isStorableText)) return undefined;
    const row = await this.#configs({ orgId, taskId }).where("config_id", "=", configId).executeTakeFirst();
    return row === undefined ? undefined : toConfig(row);
  }

  async list(
    orgId: string,
    taskId: string,
    page: { readonly size: number; readonly token?: string },
  ): Promise<PushConfigPage> {
    const [after = ""] = page.token === undefined ? [] : decodePageToken("push-configs", page.token, [isTextPart]);
    if (!isStorableText(orgId) || !isStorableText(taskId)) return { configs: [] };
    const size = boundPageSize(page.size);
    const rows = await this.#configs({ orgId, taskId })
      .where("config_id", ">", after)
      .orderBy("config_id")
      .limit(size + 1)
      .execute();
    const configs = rows.slice(0, size).map(toConfig);
    const last = configs.at(-1);
    const more = rows.length > size && last !== undefined;
    return { configs, ...(more ? { nextPageToken: encodePageToken("push-configs", [last.configId]) } : {}) };
  }

  async delete(orgId: string, taskId: string, configId: string, at: string): Promise<void> {
    if (![orgId, taskId, configId].every(isStorableText)) return;
    await durably(this.#db, async (tx) => {
      await sql`delete from push_configs
        where org_id = ${orgId} and task_id = ${taskId} and config_id = ${configId}`.execute(tx);
      await sql`update push_deliveries set state = 'dead', next_attempt_at = null, updated_at = ${toInstant(at)},
          last_error = 'the configuration was deleted'
        where org_id = ${orgId} and task_id = ${taskId} and config_id = ${configId} and state = 'pending'`.execute(tx);
    });
  }

  async claim({ leaseId, now, leaseUntil, limit, perHost }: PushClaim): Promise<readonly PushLease[]> {
    // The first condition is that of the index, spelled alike. Two senders skip what the other is about to take, and may
    // together give a host a few more than its share.
    const { rows } = await sql<PushConfigsTable>`
      with waiting as (
        select c.org_id, c.task_id, c.config_id, c.host, c.due_at,
          row_number() over (partition by c.host order by c.due_at nulls first) as place
        from push_configs c join tasks t on t.org_id = c.org_id and t.task_id = c.task_id
        where (not c.ended or c.due_at is not null)
          and (c.lease_until is null or c.lease_until <= ${now}::timestamptz)
          and case when c.due_at is null then not c.ended and t.last_seq > c.cursor
            else c.due_at <= ${now}::timestamptz end),
      busy as (
        select host, count(*) as leased from push_configs
        where lease_until is not null and lease_until > ${now}::timestamptz group by host),
      due as (
        select c.org_id, c.task_id, c.config_id
        from waiting w
        join push_configs c on c.org_id = w.org_id and c.task_id = w.task_id and c.config_id = w.config_id
        left join busy b on b.host = w.host
        where w.place <= ${perHost}::int8 - coalesce(b.leased, 0)
          and (c.lease_until is null or c.lease_until <= ${now}::timestamptz)
        order by w.due_at nulls first limit ${boundPageSize(limit)}
        for update of c skip locked)
      update push_configs c set lease_id = ${leaseId}, lease_until = ${leaseUntil}::timestamptz
      from due d where c.org_id = d.org_id and c.task_id = d.task_id and c.config_id = d.config_id
      returning c.*`.execute(this.#db);
    return rows.map((row) => ({ leaseId, config: toConfig(row) }));
  }

  async plan(lease: PushLease, { cursor, deliveries, ended, at }: PushPlan): Promise<boolean> {
    const { orgId, taskId, configId } = lease.config;
    const when = toInstant(at);
    return await durably(this.#db, async (tx) => {
      const due = deliveries.length === 0 ? sql`due_at` : sql`${when}::timestamptz`;
      const { numAffectedRows } =
        await sql`update push_configs set cursor = ${cursor}, ended = ${ended}, due_at = ${due}
        where ${heldBy(lease)}`.execute(tx);
      if (numAffectedRows !== 1n) return false;
      if (deliveries.length === 0) return true;
      const rows = deliveries.map(({ deliveryId, seq }) => [deliveryId, seq]);
      await sql`insert into push_deliveries (org_id, delivery_id, task_id, config_id, seq, state, attempts, created_at,
          updated_at, next_attempt_at)
        select ${orgId}, d.id, ${taskId}, ${configId}, d.seq, 'pending', 0, ${when}::timestamptz, ${when}::timestamptz,
          ${when}::timestamptz
        from ${unnest(rows, ["text", "int8"])} as d (id, seq)`.execute(tx);
      return true;
    });
  }

  async next({ orgId, taskId, configId }: ConfigKey): Promise<PushDelivery | undefined> {
    const row = await this.#db
      .selectFrom("push_deliveries")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("task_id", "=", taskId)
      .where("config_id", "=", configId)
      .where(sql<boolean>`state = 'pending'`)
      .orderBy("seq")
      .limit(1)
      .executeTakeFirst();
    return row === undefined ? undefined : toDelivery(row);
  }

  async settle(lease: PushLease, outcome: PushOutcome): Promise<boolean> {
    const { state, attempts, nextAttemptAt = null, lastError = null, at, leaseUntil } = outcome;
    return await durably(this.#db, async (tx) => {
      const { numAffectedRows } = await sql`update push_configs set lease_until = ${leaseUntil}::timestamptz
        where ${heldBy(lease)}`.execute(tx);
      if (numAffectedRows !== 1n) return false;
      await sql`update push_deliveries set state = ${state}, attempts = ${attempts}, updated_at = ${toInstant(at)},
          next_attempt_at = ${nextAttemptAt}::timestamptz, last_error = ${lastError}
        where org_id = ${lease.config.orgId} and delivery_id = ${outcome.deliveryId}`.execute(tx);
      return true;
    });
  }

  async release(lease: PushLease): Promise<void> {
    const { orgId, taskId, configId } = lease.config;
    await durably(this.#db, async (tx) => {
      // Locked first: the second statement then sees what a `revive` in between has written.
      await sql`select from push_configs where ${heldBy(lease)} for update`.execute(tx);
      await sql`update push_configs set lease_id = null, lease_until = null, due_at = (
          select next_attempt_at from push_deliveries
          where org_id = ${orgId} and task_id = ${taskId} and config_id = ${configId} and state = 'pending'
          order by seq limit 1)
        where ${heldBy(lease)}`.execute(tx);
    });
  }

  async deliveries(orgId: string, taskId: string, limit: number): Promise<readonly PushDelivery[]> {
    if (!isStorableText(orgId) || !isStorableText(taskId)) return [];
    const rows = await this.#db
      .selectFrom("push_deliveries")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("task_id", "=", taskId)
      .orderBy("seq")
      .orderBy("config_id")
      .limit(boundPageSize(limit))
      .execute();
    return rows.map(toDelivery);
  }

  async prune({ before, keep, limit }: PushPrune): Promise<number> {
    // The last condition once more: a dead delivery may be revived in between.
    const { numAffectedRows } = await sql`
      with surplus as (
        select updated_at, delivery_id from push_deliveries where state <> 'pending'
        order by updated_at desc, delivery_id desc offset ${keep}::int8 limit 1),
      old as (
        select org_id, delivery_id from push_deliveries where state <> 'pending'
          and (updated_at < ${before}::timestamptz or (updated_at, delivery_id) <= (select * from surplus))
        order by updated_at, delivery_id limit ${limit}::int8)
      delete from push_deliveries d using old
      where d.org_id = old.org_id and d.delivery_id = old.delivery_id and d.state <> 'pending'`.execute(this.#db);
    return Number(numAffectedRows ?? 0n);
  }

  async findDelivery(orgId: string, deliveryId: string): Promise<PushDelivery | undefined> {
    if (!isStorableText(orgId) || !isStorableText(deliveryId)) return undefined;
    const row = await this.#db
      .selectFrom("push_deliveries")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("delivery_id", "=", deliveryId)
      .executeTakeFirst();
    return row === undefined ? undefined : toDelivery(row);
  }

  async revive(orgId: string, deliveryId: string, at: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(deliveryId)) return false;
    const when = toInstant(at);
    // Configuration first, as everywhere: two transactions never wait for each other.
    const { numAffectedRows } = await sql`
      with config as (
        update push_configs c set due_at = ${when} from push_deliveries d
        where d.org_id = ${orgId} and d.delivery_id = ${deliveryId} and d.state = 'dead'
          and c.org_id = d.org_id and c.task_id = d.task_id and c.config_id = d.config_id
        returning 1)
      update push_deliveries set state = 'pending', attempts = 0, updated_at = ${when}, next_attempt_at = ${when}
      where org_id = ${orgId} and delivery_id = ${deliveryId} and state = 'dead' and exists (select from config)`.execute(
      this.#db,
    );
    return numAffectedRows === 1n;
  }

  #configs({ orgId, taskId }: Pick<PushConfigRecord, "orgId" | "taskId">) {
    return this.#db.selectFrom("push_configs").selectAll().where("org_id", "=", orgId).where("task_id", "=", taskId);
  }
}

function heldBy({ leaseId, config: { orgId, taskId, configId } }: PushLease) {
  return sql<boolean>`org_id = ${orgId} and task_id = ${taskId} and config_id = ${configId} and lease_id = ${leaseId}`;
}

function toConfig(row: PushConfigsTable): PushConfigRecord {
  // The text was made from these members of a PushConfigRecord by `save`.
  const record = JSON.parse(row.record) as Pick<
    PushConfigRecord,
    "protocolVersion" | "url" | "token" | "authentication"
  >;
  const { org_id: orgId, task_id: taskId, config_id: configId, created_at: createdAt, cursor } = row;
  return { orgId, taskId, configId, ...record, createdAt, cursor };
}

function toDelivery(row: PushDeliveriesTable): PushDelivery {
  return {
    orgId: row.org_id,
    deliveryId: row.delivery_id,
    taskId: row.task_id,
    configId: row.config_id,
    seq: row.seq,
    state: row.state,
    attempts: row.attempts,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    ...(row.next_attempt_at === null ? {} : { nextAttemptAt: row.next_attempt_at }),
    ...(row.last_error === null ? {} : { lastError: row.last_error }),
  };
}
