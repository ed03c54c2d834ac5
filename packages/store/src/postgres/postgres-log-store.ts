import { levelOf, matchesLog } from "@berth/telemetry";
import type { LogRecord, Query, StoredLog } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { logAsKept, telemetrySize } from "../kept-telemetry.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import { LogBuckets } from "../telemetry-buckets.ts";
import { FacetCounts, facetOf } from "../telemetry-facets.ts";
import type { FacetCount } from "../telemetry-facets.ts";
import { boundContext, boundTelemetryPage } from "../telemetry-page.ts";
import type { LogBucket, LogFacet, LogPage, LogRange, LogStore } from "../telemetry-store.ts";
import { LOG_ROW, toStoredLog } from "./log-rows.ts";
import type { LogRow } from "./log-rows.ts";
import { LogSearch } from "./log-search.ts";
import type { Database } from "./schema.ts";
import { LOG_COLUMNS } from "./telemetry-columns.ts";
import { toSqlQuery } from "./telemetry-conditions.ts";
import type { SqlQuery } from "./telemetry-conditions.ts";
import type { TelemetryPartitions } from "./telemetry-partitions.ts";
import { boundedRead, matching } from "./telemetry-read.ts";
import type { Deadline } from "./telemetry-read.ts";
import { Mark, markOf } from "./telemetry-tokens.ts";
import type { LogPump } from "./write-logs.ts";

const FACET_COLUMNS: Readonly<Record<LogFacet, string>> = {
  agent: "agent",
  level: "severity",
  source: "source",
  instance: "instance_id",
  service: "service",
};

export class PostgresLogStore implements LogStore {
  readonly #db: Kysely<Database>;
  readonly #pump: LogPump;
  readonly #search: LogSearch;

  constructor(db: Kysely<Database>, pump: LogPump, partitions: TelemetryPartitions) {
    this.#db = db;
    this.#pump = pump;
    this.#search = new LogSearch(db, partitions);
  }

  async append(orgId: string, logs: readonly LogRecord[]): Promise<readonly number[]> {
    requireStorableText({ orgId });
    const kept = logs.map(logAsKept);
    if (kept.length === 0) return [];
    const bytes = kept.reduce((sum, log) => sum + telemetrySize(log), 0);
    return await this.#pump.submit({ orgId, logs: kept, bytes }, (book, write) => {
      const stored = write.logs.map((log) => ({ ...log, id: book.nextId(write.orgId) }));
      return { outcome: stored.map(({ id }) => id), change: stored.map((log) => ({ orgId: write.orgId, log })) };
    });
  }

  async search(orgId: string, query: Query, page: LogPage): Promise<readonly StoredLog[]> {
    const limit = boundTelemetryPage(page.limit);
    return await boundedRead(
      async (deadline) => await Array.fromAsync(this.#matching(orgId, query, { ...page, limit }, deadline)),
    );
  }

  async context(
    orgId: string,
    id: number,
    around: { readonly before: number; readonly after: number },
  ): Promise<readonly StoredLog[]> {
    if (!isStorableText(orgId) || !Number.isSafeInteger(id)) return [];
    return await boundedRead(async (deadline) => {
      const { rows } = await sql<LogRow>`select ${LOG_ROW} from telemetry_logs
        where org_id = ${orgId} and id = ${id}`.execute(this.#db);
      const [line] = rows;
      if (line === undefined) return [];
      const { before, after } = boundContext(around);
      const condition = besideOf(line);
      const page = async (limit: number, place: Partial<LogPage>): Promise<readonly LogRow[]> =>
        limit === 0
          ? []
          : await this.#search.page(orgId, { query: { terms: [] }, condition, deadline, page: { limit, ...place } });
      const older = await page(before, { beforeId: id });
      const newer = await page(after, { afterId: id, order: "oldest" });
      return [...older.toReversed(), line, ...newer].map(toStoredLog);
    });
  }

  async histogram(orgId: string, query: Query, range: LogRange): Promise<readonly LogBucket[]> {
    const buckets = new LogBuckets(range);
    if (!isStorableText(orgId)) return buckets.toBuckets();
    const within = narrowedTo(query, buckets);
    await boundedRead(async (deadline) => {
      const { isExact } = toSqlQuery(within, LOG_COLUMNS);
      if (!isExact) {
        for await (const { atUs, severity } of this.#all(orgId, within, deadline)) buckets.add(atUs, severity);
        return;
      }
      const place = sql`(at_us - ${buckets.fromUs}::int8) / ${buckets.widthUs}::int8`;
      const { rows } = await sql<{ place: number; severity: number; count: number }>`select ${place} as place, severity,
        count(*) as count from telemetry_logs where ${this.#search.all(orgId, within)} group by 1, 2`.execute(this.#db);
      for (const row of rows) buckets.add(buckets.fromUs + row.place * buckets.widthUs, row.severity, row.count);
    });
    return buckets.toBuckets();
  }

  async facet(orgId: string, query: Query, field: LogFacet, limit: number): Promise<readonly FacetCount[]> {
    const counts = new FacetCounts();
    if (!isStorableText(orgId)) return [];
    await boundedRead(async (deadline) => {
      if (!toSqlQuery(query, LOG_COLUMNS).isExact) {
        for await (const log of this.#all(orgId, query, deadline)) counts.add(facetOf(log, field));
        return;
      }
      const column = sql.ref(FACET_COLUMNS[field]);
      const { rows } = await sql<{ value: string | number | null; count: number }>`select ${column} as value,
        count(*) as count from telemetry_logs where ${this.#search.all(orgId, query)} group by 1`.execute(this.#db);
      for (const { value, count } of rows) counts.add(typeof value === "number" ? levelOf(value) : value, count);
    });
    return counts.top(limit);
  }

  #all(orgId: string, query: Query, deadline: Deadline): AsyncGenerator<StoredLog, void> {
    return this.#matching(orgId, query, { limit: Number.POSITIVE_INFINITY }, deadline);
  }

  async *#matching(orgId: string, query: Query, page: LogPage, deadline: Deadline): AsyncGenerator<StoredLog, void> {
    if (!isStorableText(orgId)) return;
    const condition = toSqlQuery(query, LOG_COLUMNS);
    yield* matching<StoredLog>({
      next: async (last, count) => {
        const place = last === undefined ? {} : page.order === "oldest" ? { afterId: last.id } : { beforeId: last.id };
        const rows = await this.#search.page(orgId, {
          query,
          condition,
          deadline,
          page: { ...page, ...place, limit: count },
        });
        return rows.map(toStoredLog);
      },
      ...(condition.isExact ? {} : { matches: (log) => matchesLog(query, log) }),
      limit: page.limit,
      deadline,
    });
  }
}

function narrowedTo(query: Query, { fromUs, toUs }: LogBuckets): Query {
  const sinceUs = Math.max(query.sinceUs ?? fromUs, fromUs);
  return { ...query, sinceUs, untilUs: Math.min(query.untilUs ?? toUs, toUs) };
}

function besideOf({ agent, instance_id }: LogRow): SqlQuery {
  return {
    where: sql`agent is not distinct from ${agent} and instance_id is not distinct from ${instance_id}`,
    isExact: true,
    isIndexed: false,
    narrowing: [
      ...(agent === null ? [] : [[markOf(Mark.Agent, agent)]]),
      ...(instance_id === null ? [] : [[markOf(Mark.Instance, instance_id)]]),
    ],
  };
}
