import { sql } from "kysely";
import type { Kysely } from "kysely";
import { isStorableText } from "../storable-text.ts";
import { durably } from "./durably.ts";
import type { Database } from "./schema.ts";
import { onlyByTokens } from "./telemetry-conditions.ts";
import { Mark, markOf } from "./telemetry-tokens.ts";

/** Takes the spans and lines of a task away, and where its traces begin is told by what is left of them. */
export async function eraseTaskTelemetry(
  db: Kysely<Database>,
  orgId: string,
  taskId: string,
): Promise<{ readonly spans: number; readonly logs: number }> {
  if (!isStorableText(orgId) || !isStorableText(taskId)) return { spans: 0, logs: 0 };
  return await durably(db, async (tx) => {
    const { rows } = await sql<{ trace_id: string }>`delete from telemetry_spans
      where org_id = ${orgId} and task_id = ${taskId} returning trace_id`.execute(tx);
    const traces = [...new Set(rows.map(({ trace_id }) => trace_id))];
    await sql`delete from telemetry_traces where org_id = ${orgId} and trace_id = any(${traces}::text[])`.execute(tx);
    // A span that is written meanwhile has its own row there already.
    await sql`insert into telemetry_traces (org_id, trace_id, day, start_us, span_id)
      select distinct on (trace_id, day) org_id, trace_id, day, start_us, span_id from telemetry_spans
      where org_id = ${orgId} and trace_id = any(${traces}::text[]) order by trace_id, day, start_us, span_id
      on conflict (org_id, trace_id, day) do nothing`.execute(tx);
    const { numAffectedRows: logs = 0n } = await sql`delete from telemetry_logs where task_id = ${taskId}
      and ${onlyByTokens(orgId, [[markOf(Mark.Task, taskId)]])}`.execute(tx);
    return { spans: rows.length, logs: Number(logs) };
  });
}
