import type { Query } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import { DAY_US } from "../telemetry-days.ts";
import type { SpanPage } from "../telemetry-store.ts";
import type { Database } from "./schema.ts";
import { SPAN_ROW } from "./span-rows.ts";
import type { SpanRow } from "./span-rows.ts";
import { allOf, onlyByTokens } from "./telemetry-conditions.ts";
import type { Condition, SqlQuery } from "./telemetry-conditions.ts";
import { partitionName } from "./telemetry-partitions.ts";
import type { TelemetryPartitions } from "./telemetry-partitions.ts";
import { unlessDropped } from "./telemetry-read.ts";
import type { Deadline } from "./telemetry-read.ts";

/** Spans that are looked at one by one before the index is asked: what is frequent is found among them. */
const FIRST_LOOK = 1_000;

interface Search {
  readonly query: Query;
  readonly condition: SqlQuery;
  readonly page: SpanPage;
  readonly deadline: Deadline;
}

/** From `fromUs` on, before `toUs`; without a day there is only what is odd. */
interface Window {
  readonly fromUs: number;
  readonly toUs: number;
  readonly day?: number;
}

/** Finds spans newest first, and stops as soon as there are enough. */
export class SpanSearch {
  readonly #db: Kysely<Database>;
  readonly #partitions: TelemetryPartitions;

  constructor(db: Kysely<Database>, partitions: TelemetryPartitions) {
    this.#db = db;
    this.#partitions = partitions;
  }

  async page(orgId: string, { query, condition, page, deadline }: Search): Promise<readonly SpanRow[]> {
    const here = allOf([sql`org_id = ${orgId}`, inTime(query), beforePlace(page)]);
    if (condition.narrowing.length === 0 || condition.isIndexed) {
      const { rows } = await sql<SpanRow>`select ${SPAN_ROW} from telemetry_spans where ${here} and ${condition.where}
        order by start_us desc, span_id desc limit ${page.limit}`.execute(this.#db);
      return rows;
    }
    const first = await sql<SpanRow>`select ${SPAN_ROW} from (select * from telemetry_spans where ${here}
      order by start_us desc, span_id desc limit ${FIRST_LOOK}) newest where ${condition.where}
      order by start_us desc, span_id desc limit ${page.limit}`.execute(this.#db);
    if (first.rows.length === page.limit) return first.rows;
    const rows: SpanRow[] = [];
    for (const window of await this.#windows(query, page)) {
      deadline.check();
      const { fromUs, toUs } = window;
      const found = sql<SpanRow>`select ${SPAN_ROW} from ${tablesOf(window)} as span
        where ${onlyByTokens(orgId, condition.narrowing)} and start_us + 0 >= ${fromUs}::int8
          and start_us + 0 < ${toUs}::int8 and ${inTime(query)} and ${beforePlace(page)} and ${condition.where}
        order by start_us + 0 desc, span_id desc limit ${page.limit - rows.length}`;
      rows.push(...(await unlessDropped(async () => (await found.execute(this.#db)).rows)));
      if (rows.length >= page.limit) break;
    }
    return rows;
  }

  /** Day by day, newest first, without gaps: what is odd can be anywhere. */
  async #windows({ sinceUs, untilUs }: Query, { before }: SpanPage): Promise<readonly Window[]> {
    const days = await this.#partitions.days("telemetry_spans");
    const oldest = days.at(-1) ?? 0;
    const newest = days[0] ?? 0;
    const windows: Window[] = [
      { fromUs: (newest + 1) * DAY_US, toUs: Number.MAX_SAFE_INTEGER },
      ...days.map((day, i) => ({ fromUs: day * DAY_US, toUs: (i === 0 ? day + 1 : (days[i - 1] ?? 0)) * DAY_US, day })),
      { fromUs: Number.MIN_SAFE_INTEGER, toUs: oldest * DAY_US },
    ];
    const under = Math.min(untilUs ?? Number.MAX_SAFE_INTEGER, (before?.startUs ?? Number.MAX_SAFE_INTEGER - 1) + 1);
    return windows.filter(({ fromUs, toUs }) => fromUs < under && toUs > (sinceUs ?? Number.MIN_SAFE_INTEGER));
  }
}

export function inTime({ sinceUs, untilUs }: Query): Condition {
  return allOf([
    ...(sinceUs === undefined ? [] : [sql<boolean>`start_us >= ${Math.ceil(sinceUs)}::int8`]),
    ...(untilUs === undefined ? [] : [sql<boolean>`start_us < ${Math.ceil(untilUs)}::int8`]),
  ]);
}

export function beforePlace({ before }: SpanPage): Condition {
  if (before === undefined) return sql`true`;
  return sql`(start_us, span_id) < (${before.startUs}::int8, ${before.spanId})`;
}

function tablesOf({ day }: Window): RawBuilder<unknown> {
  const odd = sql`select * from telemetry_spans_odd`;
  if (day === undefined) return sql`(${odd})`;
  return sql`(select * from ${sql.table(partitionName({ table: "telemetry_spans", day }))} union all ${odd})`;
}
