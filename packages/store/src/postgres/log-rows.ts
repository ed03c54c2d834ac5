import type { LogRecord, StoredLog } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import { serviceOf } from "../telemetry-facets.ts";
import type { Database } from "./schema.ts";
import { originOf } from "./telemetry-origin.ts";
import type { LogsTable } from "./telemetry-tables.ts";
import { logTokens } from "./telemetry-tokens.ts";
import { unnest } from "./unnest.ts";

/** A line's own time is within these of its arrival, or it is marked as skewed: so times bound ids. */
export const LATE_US = 3_600_000_000;
export const AHEAD_US = 300_000_000;

export type LogRow = Omit<LogsTable, "org_id" | "skewed" | "service" | "tokens">;

export const LOG_ROW: RawBuilder<unknown> = sql.raw(
  "id, at_us, severity, body, source, agent, release, instance_id, task_id, trace_id, span_id, scope, attributes, resource",
);

export async function insertLogs(
  tx: Kysely<Database>,
  logs: readonly { readonly orgId: string; readonly log: StoredLog }[],
): Promise<void> {
  const rows = unnest(
    logs.map(({ orgId, log }) => [
      orgId,
      log.id,
      log.atUs,
      log.atUs < log.id - LATE_US || log.atUs > log.id + AHEAD_US,
      log.severity,
      log.body,
      log.source,
      log.agent ?? null,
      log.release ?? null,
      log.instanceId ?? null,
      log.taskId ?? null,
      log.traceId ?? null,
      log.spanId ?? null,
      serviceOf(log.resource) ?? null,
      log.scope ?? null,
      JSON.stringify(log.attributes),
      log.resource === undefined ? null : JSON.stringify(log.resource),
      logTokens(orgId, log),
    ]),
    [
      "text",
      "int8",
      "int8",
      "bool",
      "int2",
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
      "jsonb",
      "jsonb",
      "text",
    ],
  );
  await sql`insert into telemetry_logs (org_id, id, at_us, skewed, severity, body, source, agent, release, instance_id,
      task_id, trace_id, span_id, service, scope, attributes, resource, tokens)
    select org_id, id, at_us, skewed, severity, body, source, agent, release, instance_id,
      task_id, trace_id, span_id, service, scope, attributes, resource, string_to_array(tokens, E'\\x1f')
    from ${rows} as t (org_id, id, at_us, skewed, severity, body, source, agent, release, instance_id,
      task_id, trace_id, span_id, service, scope, attributes, resource, tokens)`.execute(tx);
}

export function toStoredLog(row: LogRow): StoredLog {
  const log: LogRecord = {
    atUs: row.at_us,
    severity: row.severity,
    body: row.body,
    ...originOf(row),
    attributes: row.attributes,
    ...(row.trace_id === null ? {} : { traceId: row.trace_id }),
    ...(row.span_id === null ? {} : { spanId: row.span_id }),
    ...(row.scope === null ? {} : { scope: row.scope }),
    ...(row.resource === null ? {} : { resource: row.resource }),
  };
  return { ...log, id: row.id };
}
