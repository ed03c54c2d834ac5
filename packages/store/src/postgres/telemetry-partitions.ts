import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import { DAY_US } from "../telemetry-days.ts";
import { durably } from "./durably.ts";
import type { Database } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

const TELEMETRY_TABLES = ["telemetry_spans", "telemetry_traces", "telemetry_logs", "telemetry_points"] as const;
export type TelemetryTable = (typeof TELEMETRY_TABLES)[number];

/** Nodes that need a day at once take turns. The number only has to be ours. */
const LOCK = 7_213_364_802;
/** A long read keeps a partition from going; the next round gets it. */
const DROP_LOCK_TIMEOUT_MS = 2_000;
const LISTED_FOR_MS = 60_000;
/** Spans and points lie by the day of their start only within these; the rest is odd. */
const MAX_DAYS_LATE = 40;
const MAX_DAYS_EARLY = 1;
const ODD_DAY = 0;

export interface Partition {
  readonly table: TelemetryTable;
  readonly day: number;
}

/** The days of the telemetry tables. */
export class TelemetryPartitions {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;
  #known = new Set<string>();
  #listedAt = Number.NEGATIVE_INFINITY;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  nowUs(): number {
    return this.#now().getTime() * 1_000;
  }

  today(): number {
    return Math.floor(this.nowUs() / DAY_US);
  }

  /** Where a record of this time lies. */
  placeOf(us: number): number {
    const day = Math.floor(us / DAY_US);
    const today = this.today();
    return day >= today - MAX_DAYS_LATE && day <= today + MAX_DAYS_EARLY ? day : ODD_DAY;
  }

  /** Makes the days there are none of yet, and with today also tomorrow, so that midnight finds it made. */
  async #ensure(table: TelemetryTable, days: Iterable<number>): Promise<void> {
    const wanted = new Set(days);
    wanted.delete(ODD_DAY);
    const today = this.today();
    if (wanted.has(today)) wanted.add(today + 1);
    const missing = [...wanted].filter((day) => !this.#known.has(partitionName({ table, day })));
    if (missing.length === 0) return;
    await durably(this.#db, async (tx) => {
      await sql`select pg_advisory_xact_lock(${LOCK}::int8)`.execute(tx);
      const present = await listPartitions(tx);
      for (const day of missing) {
        if (present.some((each) => each.table === table && each.day === day)) continue;
        await create(tx, { table, day });
      }
    });
    for (const day of missing) this.#known.add(partitionName({ table, day }));
  }

  /** Runs what writes to these days; once more when another node has dropped one of them in between. */
  async writing(
    tables: readonly TelemetryTable[],
    days: () => Iterable<number>,
    write: () => Promise<void>,
  ): Promise<void> {
    for (const table of tables) await this.#ensure(table, days());
    try {
      await write();
    } catch (error) {
      if (sqlStateOf(error) !== SqlState.CheckViolation) throw error;
      this.#known.clear();
      for (const table of tables) await this.#ensure(table, days());
      await write();
    }
  }

  /** The days there are, newest first. One made by another node within the last minute may be missing, but not today. */
  async days(table: TelemetryTable): Promise<readonly number[]> {
    const isStale = performance.now() - this.#listedAt > LISTED_FOR_MS;
    if (isStale || !this.#known.has(partitionName({ table, day: this.today() }))) {
      this.#known = new Set((await listPartitions(this.#db)).map(partitionName));
      this.#listedAt = performance.now();
    }
    const partitions = [...this.#known].flatMap((name) => parsePartition(name) ?? []);
    return partitions
      .filter((partition) => partition.table === table)
      .map(({ day }) => day)
      .toSorted((a, b) => b - a);
  }

  async list(): Promise<readonly Partition[]> {
    return await listPartitions(this.#db);
  }

  /** Answers whether it is gone. */
  async drop(partition: Partition): Promise<boolean> {
    const name = partitionName(partition);
    const isGone = await this.#unlessRead(sql`drop table if exists ${sql.table(name)}`);
    if (isGone) this.#known.delete(name);
    return isGone;
  }

  async emptyOdd(): Promise<void> {
    await this.#unlessRead(sql`truncate telemetry_spans_odd, telemetry_traces_odd, telemetry_points_odd`);
  }

  /** Answers false when somebody reads what is to go: not at the price of a queue behind the lock. */
  async #unlessRead(statement: RawBuilder<unknown>): Promise<boolean> {
    try {
      await durably(this.#db, async (tx) => {
        await sql`set local lock_timeout = ${sql.lit(DROP_LOCK_TIMEOUT_MS)}`.execute(tx);
        await statement.execute(tx);
      });
      return true;
    } catch (error) {
      if (sqlStateOf(error) === SqlState.LockNotAvailable) return false;
      throw error;
    }
  }
}

/** Made alone and then attached, which unlike `partition of` waits for no reader of the table. */
async function create(tx: Kysely<Database>, partition: Partition): Promise<void> {
  const { table, day } = partition;
  const name = sql.table(partitionName(partition));
  const bounds =
    table === "telemetry_logs"
      ? sql`from (${sql.lit(day * DAY_US)}) to (${sql.lit((day + 1) * DAY_US)})`
      : sql`in (${sql.lit(day)})`;
  await sql`create table ${name} (like ${sql.table(table)} including all)`.execute(tx);
  await sql`alter table ${sql.table(table)} attach partition ${name} for values ${bounds}`.execute(tx);
}

async function listPartitions(db: Kysely<Database>): Promise<readonly Partition[]> {
  const { rows } = await sql<{ name: string }>`select child.relname as name from pg_inherits
    join pg_class child on child.oid = pg_inherits.inhrelid
    where pg_inherits.inhparent = any(${TELEMETRY_TABLES.map(String)}::text[]::regclass[])`.execute(db);
  return rows.flatMap(({ name }) => parsePartition(name) ?? []);
}

/** `telemetry_logs_20261129` */
export function partitionName({ table, day }: Partition): string {
  return `${table}_${new Date((day * DAY_US) / 1_000).toISOString().slice(0, 10).replaceAll("-", "")}`;
}

function parsePartition(name: string): Partition | undefined {
  const [, prefix, year, month, day] = /^(\w+)_(\d{4})(\d\d)(\d\d)$/.exec(name) ?? [];
  const table = TELEMETRY_TABLES.find((each) => each === prefix);
  if (table === undefined) return undefined;
  return { table, day: (Date.parse(`${year}-${month}-${day}T00:00:00Z`) * 1_000) / DAY_US };
}
