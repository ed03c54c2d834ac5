import type { MetricPoint } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { keyOf } from "../task-book.ts";
import { loosely } from "./durably.ts";
import type { Database } from "./schema.ts";
import type { TelemetryPartitions } from "./telemetry-partitions.ts";
import { unnest } from "./unnest.ts";
import { WritePump } from "./write-pump.ts";

type OrgPoints = readonly { readonly orgId: string; readonly point: MetricPoint }[];

export type PointPump = WritePump<{ readonly points: OrgPoints; readonly bytes: number }, undefined, OrgPoints>;

export function createPointPump(db: Kysely<Database>, partitions: TelemetryPartitions): PointPump {
  return new WritePump({
    thoroughly: async (items) => {
      const points = items.flatMap((item) => item.decide(undefined) ?? []);
      const days = new Set(points.map(({ point }) => partitions.placeOf(point.atUs)));
      await partitions.writing(
        ["telemetry_points"],
        () => days,
        async () => {
          await loosely(db, async (tx) => {
            await insertPoints(tx, points, partitions);
            await upsertNames(tx, points);
          });
        },
      );
    },
  });
}

async function insertPoints(tx: Kysely<Database>, points: OrgPoints, partitions: TelemetryPartitions): Promise<void> {
  const rows = points.map(({ orgId, point }) => [
    orgId,
    point.name,
    point.agent ?? null,
    partitions.placeOf(point.atUs),
    point.atUs,
    JSON.stringify(point),
  ]);
  await sql`insert into telemetry_points (org_id, name, agent, day, at_us, record)
    select * from ${unnest(rows, ["text", "text", "text", "int4", "int8", "text"])}`.execute(tx);
}

/** At most once a minute for each name: the row says that there is such a metric, not when its last point came. */
async function upsertNames(tx: Kysely<Database>, points: OrgPoints): Promise<void> {
  const names = new Map<string, readonly [string, string, string, string, string, number]>();
  for (const { orgId, point } of points) {
    const { name, agent = "", unit, type, atUs } = point;
    const key = keyOf(orgId, name, agent, unit, type);
    const [, , , , , before = 0] = names.get(key) ?? [];
    names.set(key, [orgId, name, agent, unit, type, Math.max(atUs, before)]);
  }
  const rows = [...names].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row);
  await sql`insert into telemetry_metric_names as known (org_id, name, agent, unit, type, last_us)
    select * from ${unnest(rows, ["text", "text", "text", "text", "text", "int8"])}
    on conflict (org_id, name, agent, unit, type) do update set last_us = excluded.last_us
    where known.last_us < excluded.last_us - 60000000`.execute(tx);
}
