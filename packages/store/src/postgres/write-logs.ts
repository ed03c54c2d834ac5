import type { LogRecord, StoredLog } from "@berth/telemetry";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import { dayOf } from "../telemetry-days.ts";
import { loosely } from "./durably.ts";
import { insertLogs } from "./log-rows.ts";
import type { Database } from "./schema.ts";
import type { TelemetryPartitions } from "./telemetry-partitions.ts";
import { unnest } from "./unnest.ts";
import { WritePump } from "./write-pump.ts";
import type { BatchItem } from "./write-pump.ts";

interface LogWrite {
  readonly orgId: string;
  readonly logs: readonly LogRecord[];
  readonly bytes: number;
}

type LogChange = readonly { readonly orgId: string; readonly log: StoredLog }[];

export type LogPump = WritePump<LogWrite, LogIds, LogChange>;

/** The ids that the batch has been given. */
class LogIds {
  readonly #next: Map<string, number>;

  constructor(next: Map<string, number>) {
    this.#next = next;
  }

  nextId(orgId: string): number {
    const id = this.#next.get(orgId);
    if (id === undefined) throw new Error(`no ids were taken for ${orgId}`);
    this.#next.set(orgId, id + 1);
    return id;
  }
}

export function createLogPump(db: Kysely<Database>, partitions: TelemetryPartitions): LogPump {
  return new WritePump({
    thoroughly: async (items) => {
      const nowUs = partitions.nowUs();
      // Ids may be ahead of our clock, after another node's: which days they lie in is known when they are given out.
      let days: Iterable<number> = [dayOf(nowUs)];
      const write = async (): Promise<void> =>
        await loosely(db, async (tx) => {
          const ids = await takeIds(tx, items, nowUs);
          const logs = items.flatMap((item) => item.decide(ids) ?? []);
          days = new Set(logs.map(({ log }) => dayOf(log.id)));
          await insertLogs(tx, logs);
        });
      await partitions.writing(["telemetry_logs"], () => days, write);
    },
  });
}

/** The rows stay locked until the commit: a reader who sees an id has seen all below it. Sorted, so that two nodes do not wait for each other. */
async function takeIds(
  tx: Kysely<Database>,
  items: readonly BatchItem<LogWrite, LogIds, LogChange>[],
  nowUs: number,
): Promise<LogIds> {
  const counts = new Map<string, number>();
  for (const { write } of items) counts.set(write.orgId, (counts.get(write.orgId) ?? 0) + write.logs.length);
  const orgs = [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
  const { rows } = await sql<{
    org_id: string;
    last_id: number;
  }>`insert into telemetry_log_heads as heads (org_id, last_id)
    select org_id, ${nowUs}::int8 + lines from ${unnest(orgs, ["text", "int8"])} as t (org_id, lines)
    on conflict (org_id) do update
      set last_id = greatest(heads.last_id, ${nowUs}::int8) + excluded.last_id - ${nowUs}::int8
    returning org_id, last_id`.execute(tx);
  return new LogIds(new Map(rows.map(({ org_id, last_id }) => [org_id, last_id - (counts.get(org_id) ?? 0) + 1])));
}
