import { matchesSpan } from "@berth/telemetry";
import type { Query, SpanRecord } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { spanAsKept, telemetrySize } from "../kept-telemetry.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import { boundTelemetryPage, MAX_TRACE_SPANS } from "../telemetry-page.ts";
import type { SpanPage, SpanStore, TraceSummary } from "../telemetry-store.ts";
import { compareSpans, onePerSpan } from "../telemetry-trace.ts";
import type { Database } from "./schema.ts";
import { SPAN_ROW, toSpan } from "./span-rows.ts";
import type { SpanRow } from "./span-rows.ts";
import { SpanSearch } from "./span-search.ts";
import { SPAN_COLUMNS } from "./telemetry-columns.ts";
import { toSqlQuery } from "./telemetry-conditions.ts";
import type { Condition } from "./telemetry-conditions.ts";
import type { TelemetryPartitions } from "./telemetry-partitions.ts";
import { boundedRead, matching } from "./telemetry-read.ts";
import type { Deadline } from "./telemetry-read.ts";
import { TraceSearch } from "./trace-search.ts";
import type { SpanPump } from "./write-spans.ts";

const MAX_UNENDED_TASKS = 1_000;
const MAX_UNENDED = 10_000;

export class PostgresSpanStore implements SpanStore {
  readonly #db: Kysely<Database>;
  readonly #pump: SpanPump;
  readonly #search: SpanSearch;
  readonly #traces: TraceSearch;

  constructor(db: Kysely<Database>, pump: SpanPump, partitions: TelemetryPartitions) {
    this.#db = db;
    this.#pump = pump;
    this.#search = new SpanSearch(db, partitions);
    this.#traces = new TraceSearch(db);
  }

  async append(orgId: string, spans: readonly SpanRecord[]): Promise<void> {
    requireStorableText({ orgId });
    const kept = spans.map(spanAsKept);
    if (kept.length === 0) return;
    const bytes = kept.reduce((sum, span) => sum + telemetrySize(span), 0);
    await this.#pump.submit({ orgId, spans: kept, bytes }, (_book, write) => ({ outcome: undefined, change: write }));
  }

  async trace(orgId: string, traceId: string, limit: number): Promise<readonly SpanRecord[]> {
    if (!isStorableText(traceId)) return [];
    return await this.#byStart(orgId, sql`trace_id = ${traceId}`, limit);
  }

  async ofTask(orgId: string, taskId: string, limit: number): Promise<readonly SpanRecord[]> {
    if (!isStorableText(taskId)) return [];
    return await this.#byStart(orgId, sql`task_id = ${taskId}`, limit);
  }

  async unended(orgId: string, taskIds: readonly string[], beforeUs: number): Promise<readonly SpanRecord[]> {
    if (!isStorableText(orgId)) return [];
    const tasks = taskIds.filter(isStorableText).slice(0, MAX_UNENDED_TASKS);
    return await boundedRead(async () => {
      const { rows } = await sql<SpanRow>`select ${SPAN_ROW} from telemetry_spans where org_id = ${orgId}
        and task_id = any(${tasks}::text[]) and end_us is null and start_us < ${beforeUs}::int8
        limit ${MAX_UNENDED}`.execute(this.#db);
      return onePerSpan(rows.map(toSpan));
    });
  }

  async search(orgId: string, query: Query, page: SpanPage): Promise<readonly SpanRecord[]> {
    if (!isPage(orgId, page)) return [];
    const limit = boundTelemetryPage(page.limit);
    return await boundedRead(
      async (deadline) => await this.#find(orgId, query, { page: { ...page, limit }, deadline }),
    );
  }

  async searchTraces(orgId: string, query: Query, page: SpanPage): Promise<readonly TraceSummary[]> {
    if (!isPage(orgId, page)) return [];
    return await boundedRead(
      async (deadline) =>
        await this.#traces.search(orgId, query, {
          page: { ...page, limit: boundTelemetryPage(page.limit) },
          find: async (wanted, limit) => await this.#find(orgId, wanted, { page: { limit }, deadline }),
          deadline,
        }),
    );
  }

  async #byStart(orgId: string, which: Condition, limit: number): Promise<readonly SpanRecord[]> {
    if (!isStorableText(orgId)) return [];
    return await boundedRead(async () => {
      const { rows } = await sql<SpanRow>`select ${SPAN_ROW} from telemetry_spans where org_id = ${orgId} and ${which}
        order by start_us, span_id limit ${boundTelemetryPage(limit, MAX_TRACE_SPANS)}`.execute(this.#db);
      return onePerSpan(rows.map(toSpan)).toSorted(compareSpans);
    });
  }

  async #find(
    orgId: string,
    query: Query,
    { page, deadline }: { readonly page: SpanPage; readonly deadline: Deadline },
  ): Promise<readonly SpanRecord[]> {
    const condition = toSqlQuery(query, SPAN_COLUMNS);
    const found = matching<SpanRecord>({
      next: async (last, limit) => {
        const next = { ...page, limit, ...(last === undefined ? {} : { before: last }) };
        return (await this.#search.page(orgId, { query, condition, page: next, deadline })).map(toSpan);
      },
      ...(condition.isExact ? {} : { matches: (span) => matchesSpan(query, span) }),
      limit: page.limit,
      deadline,
    });
    return await Array.fromAsync(found);
  }
}

function isPage(orgId: string, { before }: SpanPage): boolean {
  return isStorableText(orgId) && (before === undefined || isStorableText(before.spanId));
}
