import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const evalSamples: Migration = {
  id: 25,
  name: "eval samples",
  statements: [
    sql`create table eval_sampling (
      org_id text collate "C" primary key,
      next_leaf int8 not null
    )`,
    // What is summed up has a column of its own.
    sql`create table eval_samples (
      org_id text collate "C" not null,
      task_id text collate "C" not null,
      agent_id text collate "C" not null,
      release_id text collate "C" not null,
      suite text collate "C" not null,
      thousandths int4,
      passed boolean not null,
      input_tokens int8 not null,
      output_tokens int8 not null,
      cost_micros int8 not null,
      at timestamptz not null,
      record text not null,
      primary key (org_id, task_id)
    )`,
    sql`create index eval_samples_of_agent on eval_samples (org_id, agent_id, at desc, task_id desc)`,
    sql`create index eval_samples_of_release on eval_samples (org_id, release_id, at desc)`,
  ],
};
