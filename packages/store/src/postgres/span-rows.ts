import { summaryOf } from "@berth/telemetry";
import type { SpanRecord } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import type { Database } from "./schema.ts";
import { originOf } from "./telemetry-origin.ts";
import type { SpansTable } from "./telemetry-tables.ts";
import { spanTokens } from "./telemetry-tokens.ts";
import { unnest } from "./unnest.ts";

export type SpanRow = Omit<SpansTable, "org_id" | "day" | "kind" | "tool" | "model" | "cost" | "tokens">;

export const SPAN_ROW: RawBuilder<unknown> =
  sql.raw(`trace_id, span_id, start_us, end_us, parent_span_id, name, span_kind, status,
  status_message, source, agent, release, instance_id, task_id, attributes, resource, detail`);

export interface PlacedSpan {
  readonly orgId: string;
  readonly day: number;
  readonly span: SpanRecord;
}

/** What is only shown, as one text. */
type Detail = Pick<SpanRecord, "traceState" | "events" | "links" | "scope">;

const MICROS = 1_000_000;

/** Each span once: a statement cannot write one row twice. */
export async function upsertSpans(tx: Kysely<Database>, spans: readonly PlacedSpan[]): Promise<void> {
  const rows = unnest(spans.map(toColumns), [
    "text",
    "text",
    "text",
    "int4",
    "int8",
    "int8",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "text",
    "float8",
    "jsonb",
    "jsonb",
    "text",
    "text",
  ]);
  await sql`insert into telemetry_spans as before (org_id, trace_id, span_id, day, start_us, end_us, parent_span_id, name,
      span_kind, status, status_message, source, agent, release, instance_id, task_id, kind, tool, model, cost, attributes,
      resource, detail, tokens)
    select org_id, trace_id, span_id, day, start_us, end_us, parent_span_id, name,
      span_kind, status, status_message, source, agent, release, instance_id, task_id, kind, tool, model, cost, attributes,
      resource, detail, string_to_array(tokens, E'\\x1f')
    from ${rows} as t (org_id, trace_id, span_id, day, start_us, end_us, parent_span_id, name,
      span_kind, status, status_message, source, agent, release, instance_id, task_id, kind, tool, model, cost, attributes,
      resource, detail, tokens)
    on conflict (org_id, trace_id, span_id, day) do update set
      start_us = excluded.start_us, end_us = excluded.end_us, parent_span_id = excluded.parent_span_id,
      name = excluded.name, span_kind = excluded.span_kind, status = excluded.status,
      status_message = excluded.status_message, source = excluded.source, agent = excluded.agent,
      release = excluded.release, instance_id = excluded.instance_id, task_id = excluded.task_id, kind = excluded.kind,
      tool = excluded.tool, model = excluded.model, cost = excluded.cost, attributes = excluded.attributes,
      resource = excluded.resource, detail = excluded.detail, tokens = excluded.tokens
    where excluded.end_us is not null or before.end_us is null`.execute(tx);
}

function toColumns({ orgId, day, span }: PlacedSpan): readonly (string | number | null)[] {
  const view = summaryOf(span);
  return [
    orgId,
    span.traceId,
    span.spanId,
    day,
    span.startUs,
    span.endUs ?? null,
    span.parentSpanId ?? null,
    span.name,
    span.kind,
    span.status,
    span.statusMessage ?? null,
    span.source,
    span.agent ?? null,
    span.release ?? null,
    span.instanceId ?? null,
    span.taskId ?? null,
    view.kind,
    view.toolName ?? null,
    view.model ?? null,
    view.costMicros === undefined ? null : view.costMicros / MICROS,
    JSON.stringify(span.attributes),
    span.resource === undefined ? null : JSON.stringify(span.resource),
    detailOf(span),
    spanTokens(orgId, span, view),
  ];
}

function detailOf({ traceState, events, links, scope }: SpanRecord): string | null {
  const detail: Partial<Detail> = {
    ...(traceState === undefined ? {} : { traceState }),
    ...(events === undefined ? {} : { events }),
    ...(links === undefined ? {} : { links }),
    ...(scope === undefined ? {} : { scope }),
  };
  return Object.keys(detail).length === 0 ? null : JSON.stringify(detail);
}

export function toSpan(row: SpanRow): SpanRecord {
  return {
    traceId: row.trace_id,
    spanId: row.span_id,
    name: row.name,
    kind: row.span_kind,
    startUs: row.start_us,
    status: row.status,
    ...originOf(row),
    attributes: row.attributes,
    ...(row.end_us === null ? {} : { endUs: row.end_us }),
    ...(row.parent_span_id === null ? {} : { parentSpanId: row.parent_span_id }),
    ...(row.status_message === null ? {} : { statusMessage: row.status_message }),
    ...(row.resource === null ? {} : { resource: row.resource }),
    ...(row.detail === null ? {} : parseDetail(row.detail)),
  };
}

function parseDetail(text: string): Partial<Detail> {
  // Written by `detailOf`, of plain JSON data.
  return JSON.parse(text) as Partial<Detail>;
}
