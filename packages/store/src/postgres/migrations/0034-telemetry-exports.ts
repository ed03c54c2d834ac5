import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const telemetryExports: Migration = {
  id: 34,
  name: "telemetry-exports",
  statements: [
    sql`create table telemetry_destinations (
      destination_id text collate "C" primary key,
      org_id text collate "C" not null,
      record text not null,
      waiting_bytes int8 not null,
      sent int8 not null,
      dropped int8 not null,
      last_error text,
      last_sent_at timestamptz
    )`,
    sql`create index telemetry_destinations_by_org on telemetry_destinations (org_id)`,
    sql`create table telemetry_batches (
      destination_id text collate "C" not null references telemetry_destinations on delete cascade,
      place int8 generated always as identity,
      batch_id text collate "C" not null unique,
      signal text collate "C" not null,
      items int8 not null,
      body bytea not null,
      at timestamptz not null,
      due_at timestamptz not null,
      attempts int8 not null,
      primary key (destination_id, place)
    )`,
    sql`create index telemetry_batches_heads on telemetry_batches (destination_id, signal, place)`,
    // Compressed already.
    sql`alter table telemetry_batches alter column body set storage external`,
  ],
};
