import type { Query } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { dayOf } from "../telemetry-days.ts";
import type { LogPage } from "../telemetry-store.ts";
import { AHEAD_US, LATE_US, LOG_ROW } from "./log-rows.ts";
import type { LogRow } from "./log-rows.ts";
import type { Database } from "./schema.ts";
import { LOG_COLUMNS } from "./telemetry-columns.ts";
import { allOf, onlyByTokens, toSqlQuery, toTokenCondition } from "./telemetry-conditions.ts";
import type { Condition, SqlQuery } from "./telemetry-conditions.ts";
import { partitionName } from "./telemetry-partitions.ts";
import type { TelemetryPartitions } from "./telemetry-partitions.ts";
import { unlessDropped } from "./telemetry-read.ts";
import type { Deadline } from "./telemetry-read.ts";

/** Lines that are looked at one by one before the index is asked: what is frequent is found among them. */
const FIRST_LOOK = 1_000;
/** Beyond every id. */
const END = Number.MAX_SAFE_INTEGER;

/** Ids between the two, neither included. */
interface Segment {
  readonly over: number;
  readonly under: number;
  readonly skewed: boolean;
}

interface Search {
  readonly query: Query;
  readonly condition: SqlQuery;
  readonly page: LogPage;
  readonly deadline: Deadline;
}

/** Finds lines in the order of their ids, and stops as soon as there are enough. */
export class LogSearch {
  readonly #db: Kysely<Database>;
  readonly #partitions: TelemetryPartitions;

  constructor(db: Kysely<Database>, partitions: TelemetryPartitions) {
    this.#db = db;
    this.#partitions = partitions;
  }

  async page(orgId: string, search: Search): Promise<readonly LogRow[]> {
    const { query, page } = search;
    const rows: LogRow[] = [];
    const segments = segmentsOf(query, { over: page.afterId ?? -1, under: page.beforeId ?? END });
    for (const segment of page.order === "oldest" ? segments.toReversed() : segments) {
      search.deadline.check();
      rows.push(
        ...(await this.#segment(orgId, segment, { ...search, page: { ...page, limit: page.limit - rows.length } })),
      );
      if (rows.length >= page.limit) break;
    }
    return rows;
  }

  /** Everything that the query's condition holds for. */
  all(orgId: string, query: Query): Condition {
    const { where, narrowing } = toSqlQuery(query, LOG_COLUMNS);
    const segments = segmentsOf(query, { over: -1, under: END }).map(inSegment);
    return allOf([
      sql`org_id = ${orgId}`,
      sql`(${sql.join(segments, sql` or `)})`,
      inTime(query),
      where,
      ...(narrowing.length === 0 ? [] : [toTokenCondition(orgId, narrowing)]),
    ]);
  }

  async #segment(orgId: string, segment: Segment, search: Search): Promise<readonly LogRow[]> {
    const { query, condition, page } = search;
    const found = allOf([inTime(query), condition.where]);
    const here = allOf([sql`org_id = ${orgId}`, inSegment(segment)]);
    const order = sql.raw(page.order === "oldest" ? "id" : "id desc");
    if (condition.narrowing.length === 0 || segment.skewed) {
      const { rows } = await sql<LogRow>`select ${LOG_ROW} from telemetry_logs where ${here} and ${found}
        order by ${order} limit ${page.limit}`.execute(this.#db);
      return rows;
    }
    const { rows } = await sql<LogRow>`select ${LOG_ROW} from (select * from telemetry_logs where ${here}
      order by ${order} limit ${FIRST_LOOK}) newest where ${found} order by ${order} limit ${page.limit}`.execute(
      this.#db,
    );
    return rows.length === page.limit ? rows : await this.#byTokens(orgId, segment, search);
  }

  /** Day by day, so that a word that is found on many days costs one of them. */
  async #byTokens(
    orgId: string,
    segment: Segment,
    { query, condition, page, deadline }: Search,
  ): Promise<readonly LogRow[]> {
    const newest = (await this.#partitions.days("telemetry_logs")).filter(
      (day) => day >= dayOf(segment.over) && day <= dayOf(segment.under),
    );
    const rows: LogRow[] = [];
    for (const day of page.order === "oldest" ? newest.toReversed() : newest) {
      deadline.check();
      const order = sql.raw(page.order === "oldest" ? "id + 0" : "id + 0 desc");
      const found = sql<LogRow>`select ${LOG_ROW} from ${sql.table(partitionName({ table: "telemetry_logs", day }))}
        where ${onlyByTokens(orgId, condition.narrowing)} and id + 0 > ${segment.over}::int8
          and id + 0 < ${segment.under}::int8 and ${inTime(query)} and ${condition.where}
        order by ${order} limit ${page.limit - rows.length}`;
      rows.push(...(await unlessDropped(async () => (await found.execute(this.#db)).rows)));
      if (rows.length >= page.limit) break;
    }
    return rows;
  }
}

/**
 * Where lines of a time can be, newest first: ids are times of arrival, and lines that say another time by much are
 * marked. So of what arrived long before or after, only the marked ones are looked at.
 */
function segmentsOf(query: Query, { over, under }: { over: number; under: number }): readonly Segment[] {
  const [sinceUs, untilUs] = [query.sinceUs, query.untilUs].map((us) => (us === undefined ? undefined : Math.ceil(us)));
  const mainUnder = untilUs === undefined ? under : Math.min(under, untilUs + LATE_US);
  const mainOver = sinceUs === undefined ? over : Math.max(over, sinceUs - AHEAD_US - 1);
  const segments = [
    { over: Math.max(over, mainUnder - 1), under, skewed: true },
    { over: mainOver, under: mainUnder, skewed: false },
    { over, under: Math.min(under, mainOver + 1), skewed: true },
  ];
  return segments.filter((segment) => segment.under - segment.over > 1);
}

function inSegment({ over, under, skewed }: Segment): Condition {
  const range = sql<boolean>`id > ${over}::int8 and id < ${under}::int8`;
  return skewed ? sql`(skewed and ${range})` : sql`(${range})`;
}

function inTime({ sinceUs, untilUs }: Query): Condition {
  return allOf([
    ...(sinceUs === undefined ? [] : [sql<boolean>`at_us >= ${Math.ceil(sinceUs)}::int8`]),
    ...(untilUs === undefined ? [] : [sql<boolean>`at_us < ${Math.ceil(untilUs)}::int8`]),
  ]);
}
