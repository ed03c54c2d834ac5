import type { MetricPoint } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { pointAsKept, telemetrySize } from "../kept-telemetry.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import { DAY_US } from "../telemetry-days.ts";
import { MAX_POINTS, boundTelemetryPage } from "../telemetry-page.ts";
import type { MetricName, MetricStore } from "../telemetry-store.ts";
import type { Database } from "./schema.ts";
import type { TelemetryPartitions } from "./telemetry-partitions.ts";
import { boundedRead } from "./telemetry-read.ts";
import type { PointPump } from "./write-points.ts";

export class PostgresMetricStore implements MetricStore {
  readonly #db: Kysely<Database>;
  readonly #pump: PointPump;
  readonly #partitions: TelemetryPartitions;

  constructor(db: Kysely<Database>, pump: PointPump, partitions: TelemetryPartitions) {
    this.#db = db;
    this.#pump = pump;
    this.#partitions = partitions;
  }

  async append(orgId: string, points: readonly MetricPoint[]): Promise<void> {
    requireStorableText({ orgId });
    const kept = points.map((point) => ({ point: pointAsKept(point), orgId }));
    if (kept.length === 0) return;
    await this.#pump.submit(
      { points: kept, bytes: kept.reduce((sum, { point }) => sum + telemetrySize(point), 0) },
      (_book, write) => ({
        outcome: undefined,
        change: write.points,
      }),
    );
  }

  async names(orgId: string): Promise<readonly MetricName[]> {
    if (!isStorableText(orgId)) return [];
    const rows = await this.#db
      .selectFrom("telemetry_metric_names")
      .select(["name", "agent", "unit", "type"])
      .where("org_id", "=", orgId)
      .where("last_us", ">=", this.#partitions.nowUs() - DAY_US)
      .orderBy("name")
      .orderBy("agent")
      .orderBy("unit")
      .orderBy("type")
      .execute();
    return rows.map(({ name, agent, unit, type }) => ({ name, unit, type, ...(agent === "" ? {} : { agent }) }));
  }

  async points(orgId: string, filter: Parameters<MetricStore["points"]>[1]): Promise<readonly MetricPoint[]> {
    const { name, agent, fromUs, toUs, limit } = filter;
    if (![orgId, name, agent ?? ""].every(isStorableText)) return [];
    return await boundedRead(async () => {
      const { rows } = await sql<{ record: string }>`select record from telemetry_points
        where org_id = ${orgId} and name = ${name} and at_us >= ${fromUs}::int8 and at_us < ${toUs}::int8
          and ${agent === undefined ? sql`true` : sql`agent = ${agent}`}
        order by at_us limit ${boundTelemetryPage(limit, MAX_POINTS)}`.execute(this.#db);
      return rows.map(({ record }) => parsePoint(record));
    });
  }
}

function parsePoint(record: string): MetricPoint {
  // Points are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(record) as MetricPoint;
}
