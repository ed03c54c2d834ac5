import type { SpanRecord } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { keyOf } from "../task-book.ts";
import { compareSpans, laterOf } from "../telemetry-trace.ts";
import { loosely } from "./durably.ts";
import type { Database } from "./schema.ts";
import { upsertSpans } from "./span-rows.ts";
import type { PlacedSpan } from "./span-rows.ts";
import type { TelemetryPartitions } from "./telemetry-partitions.ts";
import { unnest } from "./unnest.ts";
import { WritePump } from "./write-pump.ts";

interface SpanWrite {
  readonly orgId: string;
  readonly spans: readonly SpanRecord[];
  readonly bytes: number;
}

export type SpanPump = WritePump<SpanWrite, undefined, SpanWrite>;

export function createSpanPump(db: Kysely<Database>, partitions: TelemetryPartitions): SpanPump {
  return new WritePump({
    thoroughly: async (items) => {
      const writes = items.flatMap((item) => item.decide(undefined) ?? []);
      const spans = onceEach(writes, partitions);
      const heads = headsOf(spans);
      const days = new Set(spans.map(({ day }) => day));
      await partitions.writing(
        ["telemetry_spans", "telemetry_traces"],
        () => days,
        async () => {
          await loosely(db, async (tx) => {
            await upsertSpans(tx, spans);
            await upsertHeads(tx, heads);
          });
        },
      );
    },
  });
}

/** In the order of the key: two nodes that write the same rows do not wait for each other. */
function onceEach(writes: readonly SpanWrite[], partitions: TelemetryPartitions): readonly PlacedSpan[] {
  const byKey = new Map<string, PlacedSpan>();
  for (const { orgId, spans } of writes) {
    for (const span of spans) {
      const day = partitions.placeOf(span.startUs);
      const key = keyOf(orgId, span.traceId, span.spanId, String(day));
      const before = byKey.get(key);
      byKey.set(key, { orgId, day, span: before === undefined ? span : laterOf(before.span, span) });
    }
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, span]) => span);
}

/** The earliest span of each trace and day. */
function headsOf(spans: readonly PlacedSpan[]): readonly PlacedSpan[] {
  const heads = new Map<string, PlacedSpan>();
  for (const placed of spans) {
    const key = keyOf(placed.orgId, placed.span.traceId, String(placed.day));
    const before = heads.get(key);
    if (before === undefined || compareSpans(placed.span, before.span) < 0) heads.set(key, placed);
  }
  return [...heads.values()];
}

async function upsertHeads(tx: Kysely<Database>, heads: readonly PlacedSpan[]): Promise<void> {
  const rows = heads.map(({ orgId, day, span }) => [orgId, span.traceId, day, span.startUs, span.spanId]);
  await sql`insert into telemetry_traces as before (org_id, trace_id, day, start_us, span_id)
    select * from ${unnest(rows, ["text", "text", "int4", "int8", "text"])}
    on conflict (org_id, trace_id, day) do update set start_us = excluded.start_us, span_id = excluded.span_id
    where (excluded.start_us, excluded.span_id) < (before.start_us, before.span_id)`.execute(tx);
}
