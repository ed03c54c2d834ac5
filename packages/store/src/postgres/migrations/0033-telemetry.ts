import { sql } from "kysely";
import type { Migration } from "./migration.ts";

/**
 * Partitions by day come and go with the days (telemetry-partitions.ts). Spans, traces and points lie by the day of their
 * start, day 0 takes those whose clock is far off. Lines lie by their id, which is the microsecond of their arrival.
 */
export const telemetry: Migration = {
  id: 33,
  name: "telemetry",
  statements: [
    sql`create table telemetry_spans (
      org_id text collate "C" not null,
      trace_id text collate "C" not null,
      span_id text collate "C" not null,
      day int4 not null,
      start_us int8 not null,
      end_us int8,
      parent_span_id text collate "C",
      name text collate "C" not null,
      span_kind text collate "C" not null,
      status text collate "C" not null,
      status_message text collate "C",
      source text collate "C" not null,
      agent text collate "C",
      release text collate "C",
      instance_id text collate "C",
      task_id text collate "C",
      kind text collate "C" not null,
      tool text collate "C",
      model text collate "C",
      cost float8,
      attributes jsonb not null,
      resource jsonb,
      detail text,
      tokens text[] collate "C" not null,
      primary key (org_id, trace_id, span_id, day)
    ) partition by list (day)`,
    sql`create index telemetry_spans_newest on telemetry_spans (org_id, start_us, span_id)`,
    sql`create index telemetry_spans_by_task on telemetry_spans (org_id, task_id, start_us) where task_id is not null`,
    sql`create index telemetry_spans_tokens on telemetry_spans using gin (tokens) with (gin_pending_list_limit = 1024)`,
    sql`create table telemetry_spans_odd partition of telemetry_spans for values in (0)`,
    // Where a trace begins, once for each day it has spans on: the list of traces is read from here.
    sql`create table telemetry_traces (
      org_id text collate "C" not null,
      trace_id text collate "C" not null,
      day int4 not null,
      start_us int8 not null,
      span_id text collate "C" not null,
      primary key (org_id, trace_id, day)
    ) partition by list (day)`,
    sql`create index telemetry_traces_newest on telemetry_traces (org_id, start_us, span_id)`,
    sql`create table telemetry_traces_odd partition of telemetry_traces for values in (0)`,
    sql`create table telemetry_logs (
      org_id text collate "C" not null,
      id int8 not null,
      at_us int8 not null,
      skewed bool not null,
      severity int2 not null,
      body text collate "C" not null,
      source text collate "C" not null,
      agent text collate "C",
      release text collate "C",
      instance_id text collate "C",
      task_id text collate "C",
      trace_id text collate "C",
      span_id text collate "C",
      service text collate "C",
      scope text collate "C",
      attributes jsonb not null,
      resource jsonb,
      tokens text[] collate "C" not null,
      primary key (org_id, id)
    ) partition by range (id)`,
    sql`create index telemetry_logs_skewed on telemetry_logs (org_id, id) where skewed`,
    sql`create index telemetry_logs_tokens on telemetry_logs using gin (tokens) with (gin_pending_list_limit = 1024)`,
    // The row is the lock under which ids are given out: who commits later has the larger ones.
    sql`create table telemetry_log_heads (
      org_id text collate "C" primary key,
      last_id int8 not null
    )`,
    sql`create table telemetry_points (
      org_id text collate "C" not null,
      name text collate "C" not null,
      agent text collate "C",
      day int4 not null,
      at_us int8 not null,
      record text not null
    ) partition by list (day)`,
    sql`create index telemetry_points_by_name on telemetry_points (org_id, name, at_us)`,
    sql`create table telemetry_points_odd partition of telemetry_points for values in (0)`,
    sql`create table telemetry_metric_names (
      org_id text collate "C" not null,
      name text collate "C" not null,
      agent text collate "C" not null,
      unit text collate "C" not null,
      type text collate "C" not null,
      last_us int8 not null,
      primary key (org_id, name, agent, unit, type)
    )`,
  ],
};
