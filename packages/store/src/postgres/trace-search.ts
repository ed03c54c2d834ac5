import { matchesSpan } from "@berth/telemetry";
import type { Query, SpanRecord } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { SpanPage, TraceSummary } from "../telemetry-store.ts";
import { compareSpans } from "../telemetry-trace.ts";
import type { Database } from "./schema.ts";
import { SPAN_ROW, toSpan } from "./span-rows.ts";
import type { SpanRow } from "./span-rows.ts";
import { beforePlace, inTime } from "./span-search.ts";
import { SPAN_COLUMNS } from "./telemetry-columns.ts";
import { toSqlQuery } from "./telemetry-conditions.ts";
import type { Deadline } from "./telemetry-read.ts";

/** Traces that are looked at one after the other before their spans are searched: what is frequent is found among them. */
const FIRST_LOOK = 200;
const NEXT_LOOK = 1_000;
/** Spans a search may find for its traces to be told from them. */
const MAX_FOUND = 5_000;

interface TraceHead {
  readonly traceId: string;
  readonly startUs: number;
  readonly spanId: string;
}

/** Finds spans that match, newest first, wherever they are. */
export type FindSpans = (query: Query, limit: number) => Promise<readonly SpanRecord[]>;

/** Finds traces by their spans, in the order in which the traces began. */
export class TraceSearch {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async search(
    orgId: string,
    query: Query,
    { page, find, deadline }: { readonly page: SpanPage; readonly find: FindSpans; readonly deadline: Deadline },
  ): Promise<readonly TraceSummary[]> {
    const found: TraceHead[] = [];
    let place: SpanPage = page;
    for (let look = FIRST_LOOK; ; look = NEXT_LOOK) {
      deadline.check();
      const heads = await this.#heads(orgId, { ...place, limit: look });
      const matching = await this.#matching(orgId, query, heads);
      found.push(...heads.filter(({ traceId }) => matching.has(traceId)));
      const last = heads.at(-1);
      if (found.length >= page.limit || heads.length < look || last === undefined) break;
      place = { limit: NEXT_LOOK, before: last };
      if (look !== FIRST_LOOK) continue;
      const spans = await find(query, MAX_FOUND);
      if (spans.length === MAX_FOUND) continue;
      found.push(...(await this.#headsOf(orgId, spans, last)));
      break;
    }
    return await this.#summaries(orgId, found.slice(0, page.limit));
  }

  async #heads(orgId: string, page: SpanPage): Promise<readonly TraceHead[]> {
    const { rows } = await sql<TraceHead>`select trace_id as "traceId", start_us as "startUs", span_id as "spanId"
      from telemetry_traces head where org_id = ${orgId} and ${beforePlace(page)} and ${isFirst}
      order by start_us desc, span_id desc limit ${page.limit}`.execute(this.#db);
    return rows;
  }

  async #headsOf(orgId: string, spans: readonly SpanRecord[], before: TraceHead): Promise<readonly TraceHead[]> {
    const traceIds = [...new Set(spans.map(({ traceId }) => traceId))];
    const { rows } = await sql<TraceHead>`select trace_id as "traceId", start_us as "startUs", span_id as "spanId"
      from telemetry_traces head where org_id = ${orgId} and trace_id = any(${traceIds}::text[])
      and ${beforePlace({ limit: 0, before })} and ${isFirst}`.execute(this.#db);
    return rows.toSorted((a, b) => compareSpans(b, a));
  }

  async #matching(orgId: string, query: Query, heads: readonly TraceHead[]): Promise<ReadonlySet<string>> {
    const traceIds = heads.map(({ traceId }) => traceId);
    if (query.terms.length === 0 && query.sinceUs === undefined && query.untilUs === undefined)
      return new Set(traceIds);
    const { where, isExact } = toSqlQuery(query, SPAN_COLUMNS);
    const found = sql`from telemetry_spans where org_id = ${orgId} and trace_id = any(${traceIds}::text[])
      and ${inTime(query)} and ${where}`;
    if (isExact) {
      const { rows } = await sql<{ trace_id: string }>`select distinct trace_id ${found}`.execute(this.#db);
      return new Set(rows.map(({ trace_id }) => trace_id));
    }
    const { rows } = await sql<SpanRow>`select ${SPAN_ROW} ${found}`.execute(this.#db);
    return new Set(rows.map(toSpan).flatMap((span) => (matchesSpan(query, span) ? span.traceId : [])));
  }

  async #summaries(orgId: string, heads: readonly TraceHead[]): Promise<readonly TraceSummary[]> {
    const traceIds = heads.map(({ traceId }) => traceId);
    const { rows } = await sql<SummaryRow>`select trace_id, min(start_us) as start_us,
        max(coalesce(end_us, start_us)) as end_us, count(*) as spans, count(*) filter (where status = 'error') as errors,
        (array_agg(span_id order by start_us, span_id))[1] as span_id,
        (array_agg(name order by start_us, span_id))[1] as name,
        (array_agg(agent order by start_us, span_id) filter (where agent is not null))[1] as agent,
        (array_agg(task_id order by start_us, span_id) filter (where task_id is not null))[1] as task_id
      from telemetry_spans where org_id = ${orgId} and trace_id = any(${traceIds}::text[]) group by trace_id`.execute(
      this.#db,
    );
    const byTrace = new Map(rows.map((row) => [row.trace_id, row]));
    return traceIds.flatMap((traceId) => {
      const row = byTrace.get(traceId);
      return row === undefined ? [] : toSummary(row);
    });
  }
}

/** A trace has a row for each of its days; it began at the earliest. */
const isFirst = sql<boolean>`not exists (select from telemetry_traces earlier
  where earlier.org_id = head.org_id and earlier.trace_id = head.trace_id
    and (earlier.start_us, earlier.span_id) < (head.start_us, head.span_id))`;

interface SummaryRow {
  readonly trace_id: string;
  readonly start_us: number;
  readonly end_us: number;
  readonly spans: number;
  readonly errors: number;
  readonly span_id: string;
  readonly name: string;
  readonly agent: string | null;
  readonly task_id: string | null;
}

function toSummary(row: SummaryRow): TraceSummary {
  return {
    traceId: row.trace_id,
    rootName: row.name,
    spanId: row.span_id,
    ...(row.agent === null ? {} : { agent: row.agent }),
    ...(row.task_id === null ? {} : { taskId: row.task_id }),
    startUs: row.start_us,
    durationUs: Math.max(row.end_us - row.start_us, 0),
    spans: row.spans,
    errors: row.errors,
  };
}
