import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { TelemetryBytes } from "../telemetry-store.ts";
import { isStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";
import type { TelemetryTable } from "./telemetry-partitions.ts";
import { boundedRead } from "./telemetry-read.ts";

/** Of one table, at most, is looked at: some tenths of a second, however much there is. */
const SAMPLE_BYTES = 16 * 1024 * 1024;

/** An organization's share of the rows, of what the tables take up with their indexes. */
export async function organizationBytes(db: Kysely<Database>, orgId: string): Promise<TelemetryBytes> {
  if (!isStorableText(orgId)) return { spanBytes: 0, logBytes: 0, metricBytes: 0 };
  return await boundedRead(async () => ({
    spanBytes: (await bytesIn(db, "telemetry_spans", orgId)) + (await bytesIn(db, "telemetry_traces", orgId)),
    logBytes: await bytesIn(db, "telemetry_logs", orgId),
    metricBytes: await bytesIn(db, "telemetry_points", orgId),
  }));
}

async function bytesIn(db: Kysely<Database>, table: TelemetryTable, orgId: string): Promise<number> {
  const { rows: sizes } = await sql<{ rows: number; total: number }>`select
    coalesce(sum(pg_relation_size(relid)), 0)::int8 as rows, coalesce(sum(pg_total_relation_size(relid)), 0)::int8 as total
    from pg_partition_tree(${table}::text::regclass)`.execute(db);
  const size = sizes[0] ?? { rows: 0, total: 0 };
  if (size.rows === 0) return 0;
  const percent = Math.min(100, (100 * SAMPLE_BYTES) / size.rows);
  // The same pages each time: what is shown twice in a row does not jump.
  const { rows } = await sql<{ ours: number; all: number }>`select
    coalesce(sum(pg_column_size(record)) filter (where org_id = ${orgId}), 0)::int8 as ours,
    coalesce(sum(pg_column_size(record)), 0)::int8 as all
    from ${sql.table(table)} as record tablesample system (${percent}::float4) repeatable (0)`.execute(db);
  const { ours, all } = rows[0] ?? { ours: 0, all: 0 };
  return all === 0 ? 0 : Math.round((size.total * ours) / all);
}
