import { sql } from "kysely";
import type { Kysely } from "kysely";
import { daysToDrop } from "../telemetry-days.ts";
import type {
  ExportStore,
  LogStore,
  MetricStore,
  SpanStore,
  TelemetryBytes,
  TelemetryStore,
} from "../telemetry-store.ts";
import { eraseTaskTelemetry } from "./erase-task-telemetry.ts";
import { organizationBytes } from "./organization-bytes.ts";
import { PostgresExportStore } from "./postgres-export-store.ts";
import { PostgresLogStore } from "./postgres-log-store.ts";
import { PostgresMetricStore } from "./postgres-metric-store.ts";
import { PostgresSpanStore } from "./postgres-span-store.ts";
import type { Database } from "./schema.ts";
import { TelemetryPartitions, partitionName } from "./telemetry-partitions.ts";
import type { Partition } from "./telemetry-partitions.ts";
import { createLogPump } from "./write-logs.ts";
import { createPointPump } from "./write-points.ts";
import { createSpanPump } from "./write-spans.ts";

export interface TelemetryDatabases {
  /** For what must hold. */
  readonly db: Kysely<Database>;
  /** Their own connections, so that neither a slow search nor a flood of records keeps the platform waiting. */
  readonly reader: Kysely<Database>;
  readonly writer: Kysely<Database>;
}

export class PostgresTelemetryStore implements TelemetryStore {
  readonly spans: SpanStore;
  readonly logs: LogStore;
  readonly metrics: MetricStore;
  readonly exports: ExportStore;
  readonly #db: Kysely<Database>;
  readonly #reader: Kysely<Database>;
  readonly #partitions: TelemetryPartitions;
  readonly #closePumps: () => Promise<void>;

  constructor({ db, reader, writer }: TelemetryDatabases, now: () => Date) {
    const partitions = new TelemetryPartitions(writer, now);
    const spans = createSpanPump(writer, partitions);
    const logs = createLogPump(writer, partitions);
    const points = createPointPump(writer, partitions);
    this.spans = new PostgresSpanStore(reader, spans, partitions);
    this.logs = new PostgresLogStore(reader, logs, partitions);
    this.metrics = new PostgresMetricStore(reader, points, partitions);
    this.exports = new PostgresExportStore(db, now);
    this.#db = db;
    this.#reader = reader;
    this.#partitions = partitions;
    this.#closePumps = async () => {
      await Promise.all([spans.close(), logs.close(), points.close()]);
    };
  }

  async prune(limits: Parameters<TelemetryStore["prune"]>[0]): Promise<{ readonly days: number }> {
    await this.#pruneOdd(limits.beforeUs);
    const days = Map.groupBy(await this.#partitions.list(), ({ day }) => day);
    const bytesOfDay = new Map<number, number>();
    for (const [day, partitions] of days) {
      if (await this.#isUsed(partitions)) bytesOfDay.set(day, await this.#bytesOf(partitions));
      else if (day < this.#partitions.today()) await this.#drop(partitions);
    }
    const bytes = [...bytesOfDay.values()].reduce((sum, each) => sum + each, 0);
    if (bytes + (await this.#oddBytes()) > limits.maxBytes) await this.#partitions.emptyOdd();
    let dropped = 0;
    for (const day of daysToDrop(bytesOfDay, limits)) if (await this.#drop(days.get(day) ?? [])) dropped += 1;
    return { days: dropped };
  }

  async usage(orgId: string): Promise<TelemetryBytes> {
    return await organizationBytes(this.#reader, orgId);
  }

  async eraseTask(orgId: string, taskId: string): Promise<{ readonly spans: number; readonly logs: number }> {
    return await eraseTaskTelemetry(this.#db, orgId, taskId);
  }

  /** Waits for the writes that were accepted. */
  async close(): Promise<void> {
    await this.#closePumps();
  }

  /** What has no day goes row by row, and all of it before a day goes because there is too much. */
  async #pruneOdd(beforeUs: number): Promise<void> {
    await sql`delete from telemetry_spans_odd where start_us < ${beforeUs}::int8`.execute(this.#db);
    await sql`delete from telemetry_traces_odd where start_us < ${beforeUs}::int8`.execute(this.#db);
    await sql`delete from telemetry_points_odd where at_us < ${beforeUs}::int8`.execute(this.#db);
    await sql`delete from telemetry_metric_names where last_us < ${beforeUs}::int8`.execute(this.#db);
  }

  async #oddBytes(): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`select (pg_total_relation_size('telemetry_spans_odd')
      + pg_total_relation_size('telemetry_traces_odd') + pg_total_relation_size('telemetry_points_odd'))::int8 as bytes
      where exists (select from telemetry_spans_odd) or exists (select from telemetry_points_odd)`.execute(this.#db);
    return rows[0]?.bytes ?? 0;
  }

  async #drop(partitions: readonly Partition[]): Promise<boolean> {
    let isGone = true;
    for (const partition of partitions) isGone = (await this.#partitions.drop(partition)) && isGone;
    return isGone;
  }

  async #isUsed(partitions: readonly Partition[]): Promise<boolean> {
    const used = partitions.map((each) => sql`exists (select from ${sql.table(partitionName(each))})`);
    const { rows } = await sql<{ used: boolean }>`select ${sql.join(used, sql` or `)} as used`.execute(this.#db);
    return rows[0]?.used === true;
  }

  async #bytesOf(partitions: readonly Partition[]): Promise<number> {
    const { rows } = await sql<{ bytes: number }>`select coalesce(sum(pg_total_relation_size(name::regclass)), 0)::int8
      as bytes from unnest(${partitions.map(partitionName)}::text[]) as t (name)`.execute(this.#db);
    return rows[0]?.bytes ?? 0;
  }
}
