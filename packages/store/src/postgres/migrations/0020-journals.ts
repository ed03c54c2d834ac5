import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/** Runs that ended before there was billing cost nothing: each gets its journal, so that tasks and journals match. */
export const journals: Migration = {
  id: 20,
  name: "journals",
  statements: [
    sql`create table journals (
      org_id text collate "C" not null,
      task_id text collate "C" not null,
      entry int8 not null,
      at timestamptz not null,
      agent_id text collate "C" not null,
      release_id text collate "C" not null,
      principal_id text collate "C" not null,
      agent_name text collate "C",
      skill text collate "C",
      models text collate "C",
      price text collate "C",
      currency text collate "C" not null,
      amount_micros int8 not null,
      elapsed_ms int8 not null,
      input_tokens int8 not null,
      output_tokens int8 not null,
      reason text,
      made_by text collate "C",
      primary key (org_id, task_id, entry)
    )`,
    sql`create index journals_by_time on journals (org_id, at, task_id, entry)`,
    sql`create table postings (
      org_id text collate "C" not null,
      task_id text collate "C" not null,
      entry int8 not null,
      line int8 not null,
      account text collate "C" not null,
      amount_micros int8 not null,
      primary key (org_id, task_id, entry, line),
      foreign key (org_id, task_id, entry) references journals (org_id, task_id, entry)
    )`,
    sql`insert into journals (org_id, task_id, entry, at, agent_id, release_id, principal_id, currency, amount_micros,
        elapsed_ms, input_tokens, output_tokens)
      select org_id, task_id, 0, status_at, agent_id, release_id, principal_id, 'USD', 0, 0, 0, 0 from tasks
      where state in ('TASK_STATE_COMPLETED', 'TASK_STATE_FAILED', 'TASK_STATE_CANCELED', 'TASK_STATE_REJECTED')`,
  ],
};
