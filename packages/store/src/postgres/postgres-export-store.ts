import { sql } from "kysely";
import type { Kysely } from "kysely";
import { destinationAsKept, exportError, parseDestination } from "../kept-exports.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import type { ExportBatch, ExportDestination, ExportState, ExportStore, NewExportBatch } from "../telemetry-store.ts";
import { durably } from "./durably.ts";
import type { Database } from "./schema.ts";

interface BatchRow {
  readonly batch_id: string;
  readonly signal: NewExportBatch["signal"];
  readonly items: number;
  readonly body: Uint8Array;
  readonly at: string;
  readonly attempts: number;
}

export class PostgresExportStore implements ExportStore {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async put(destination: ExportDestination): Promise<void> {
    const kept = destinationAsKept(destination);
    await sql`insert into telemetry_destinations as known
        (destination_id, org_id, record, waiting_bytes, sent, dropped)
      values (${kept.destinationId}, ${kept.orgId}, ${JSON.stringify(kept)}, 0, 0, 0)
      on conflict (destination_id) do update set record = excluded.record
      where known.org_id = excluded.org_id`.execute(this.#db);
  }

  async get(orgId: string, destinationId: string): Promise<ExportDestination | undefined> {
    if (!isStorableText(orgId) || !isStorableText(destinationId)) return undefined;
    const row = await this.#db
      .selectFrom("telemetry_destinations")
      .select("record")
      .where("org_id", "=", orgId)
      .where("destination_id", "=", destinationId)
      .executeTakeFirst();
    return row === undefined ? undefined : parseDestination(row.record);
  }

  async list(orgId: string): Promise<readonly ExportDestination[]> {
    if (!isStorableText(orgId)) return [];
    const rows = await this.#db
      .selectFrom("telemetry_destinations")
      .select("record")
      .where("org_id", "=", orgId)
      .orderBy("destination_id")
      .execute();
    return rows.map(({ record }) => parseDestination(record));
  }

  async all(): Promise<readonly ExportDestination[]> {
    const rows = await this.#db
      .selectFrom("telemetry_destinations")
      .select("record")
      .orderBy("destination_id")
      .execute();
    return rows.map(({ record }) => parseDestination(record));
  }

  async remove(orgId: string, destinationId: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(destinationId)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("telemetry_destinations")
      .where("org_id", "=", orgId)
      .where("destination_id", "=", destinationId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async enqueue(destinationId: string, batch: NewExportBatch, maxBytes: number): Promise<void> {
    requireStorableText({ destinationId, batchId: batch.batchId });
    await durably(this.#db, async (tx) => {
      // The row of the destination is the lock under which its bytes are counted.
      const { rows } = await sql<{ waiting_bytes: number }>`select waiting_bytes from telemetry_destinations
        where destination_id = ${destinationId} for update`.execute(tx);
      const [row] = rows;
      if (row === undefined) return;
      const at = batch.at.toISOString();
      const { numAffectedRows = 0n } = await sql`insert into telemetry_batches
          (destination_id, batch_id, signal, items, body, at, due_at, attempts)
        values (${destinationId}, ${batch.batchId}, ${batch.signal}, ${batch.items}, ${Buffer.from(batch.body)},
          ${at}, ${at}, 0) on conflict (batch_id) do nothing`.execute(tx);
      if (numAffectedRows === 0n) return;
      const tooMuch = row.waiting_bytes + batch.body.length - maxBytes;
      const dropped = tooMuch <= 0 ? { bytes: 0, items: 0 } : await dropOldest(tx, destinationId, tooMuch);
      await sql`update telemetry_destinations set waiting_bytes = waiting_bytes + ${batch.body.length - dropped.bytes},
        dropped = dropped + ${dropped.items} where destination_id = ${destinationId}`.execute(tx);
    });
  }

  async take(destinationId: string, now: Date, leaseUntil: Date): Promise<ExportBatch | undefined> {
    if (!isStorableText(destinationId)) return undefined;
    // In order: only the oldest of each signal can be taken, and not while it is leased or waits to be tried again.
    const { rows } = await sql<BatchRow>`update telemetry_batches set due_at = ${leaseUntil.toISOString()},
        attempts = attempts + 1
      where (destination_id, place) = (
        select batch.destination_id, batch.place from telemetry_batches batch
        where batch.destination_id = ${destinationId} and batch.due_at <= ${now.toISOString()}::timestamptz
          and not exists (select from telemetry_batches older where older.destination_id = batch.destination_id
            and older.signal = batch.signal and older.place < batch.place)
        order by batch.place limit 1 for update skip locked)
      returning batch_id, signal, items, body, at, attempts`.execute(this.#db);
    const [row] = rows;
    if (row === undefined) return undefined;
    const { batch_id, signal, items, body, at, attempts } = row;
    return { batchId: batch_id, signal, items, body: new Uint8Array(body), at: new Date(at), attempts };
  }

  async settle(batchId: string, outcome: Parameters<ExportStore["settle"]>[1]): Promise<void> {
    if (!isStorableText(batchId)) return;
    const error = outcome.type === "sent" ? null : exportError(outcome.error);
    if (outcome.type === "retry") {
      await sql`with batch as (update telemetry_batches set due_at = ${outcome.at.toISOString()}
          where batch_id = ${batchId} returning destination_id)
        update telemetry_destinations set last_error = ${error} from batch
        where telemetry_destinations.destination_id = batch.destination_id`.execute(this.#db);
      return;
    }
    const isSent = outcome.type === "sent";
    await sql`with batch as (delete from telemetry_batches where batch_id = ${batchId}
        returning destination_id, items, length(body) as bytes)
      update telemetry_destinations known set waiting_bytes = waiting_bytes - batch.bytes,
        sent = sent + case when ${isSent} then batch.items else 0 end,
        dropped = dropped + case when ${isSent} then 0 else batch.items end,
        last_error = coalesce(${error}, last_error),
        last_sent_at = case when ${isSent} then ${this.#now().toISOString()}::timestamptz else last_sent_at end
      from batch where known.destination_id = batch.destination_id`.execute(this.#db);
  }

  async state(destinationId: string): Promise<ExportState> {
    const none = { waiting: 0, waitingBytes: 0, sent: 0, dropped: 0 };
    if (!isStorableText(destinationId)) return none;
    const { rows } = await sql<StateRow>`select waiting_bytes, sent, dropped, last_error, last_sent_at,
        (select count(*) from telemetry_batches batch where batch.destination_id = known.destination_id) as waiting,
        (select at from telemetry_batches batch where batch.destination_id = known.destination_id
          order by place limit 1) as oldest_at
      from telemetry_destinations known where destination_id = ${destinationId}`.execute(this.#db);
    const [row] = rows;
    if (row === undefined) return none;
    return {
      waiting: row.waiting,
      waitingBytes: row.waiting_bytes,
      sent: row.sent,
      dropped: row.dropped,
      ...(row.last_error === null ? {} : { lastError: row.last_error }),
      ...(row.last_sent_at === null ? {} : { lastSentAt: row.last_sent_at }),
      ...(row.oldest_at === null ? {} : { oldestAt: row.oldest_at }),
    };
  }
}

interface StateRow {
  readonly waiting: number;
  readonly waiting_bytes: number;
  readonly sent: number;
  readonly dropped: number;
  readonly last_error: string | null;
  readonly last_sent_at: string | null;
  readonly oldest_at: string | null;
}

async function dropOldest(
  tx: Kysely<Database>,
  destinationId: string,
  tooMuch: number,
): Promise<{ readonly bytes: number; readonly items: number }> {
  const { rows } = await sql<{ bytes: number; items: number }>`with sized as (
      select place, length(body) as bytes, sum(length(body)) over (order by place) as bytes_until
      from telemetry_batches where destination_id = ${destinationId}),
    gone as (delete from telemetry_batches batch using sized
      where batch.destination_id = ${destinationId} and batch.place = sized.place
        and sized.bytes_until - sized.bytes < ${tooMuch}::int8
      returning batch.items, sized.bytes)
    select coalesce(sum(bytes), 0)::int8 as bytes, coalesce(sum(items), 0)::int8 as items from gone`.execute(tx);
  return rows[0] ?? { bytes: 0, items: 0 };
}
