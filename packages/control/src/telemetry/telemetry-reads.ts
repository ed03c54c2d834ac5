import { PlatformError, isAllowed } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { Store } from "@berth/store";
import { matchesLog, matchesSpan, parseQuery } from "@berth/telemetry";
import type { MetricPoint, Query, SpanRecord } from "@berth/telemetry";
import { authorize } from "../auth/authorize.ts";
import { taskNotFound } from "../tasks/live-tasks.ts";
import { maySee, visibleAgentIds } from "../tasks/task-access.ts";
import type { LiveHub } from "./live-hub.ts";
import type { LiveRecord, LiveTopic, TaskTelemetry, Telemetry, TraceView } from "./telemetry.ts";
import { isSeen, queryFor, seenOf } from "./telemetry-rights.ts";

type Reads = Pick<
  Telemetry,
  | "searchSpans"
  | "searchTraces"
  | "trace"
  | "ofTask"
  | "searchLogs"
  | "logContext"
  | "logHistogram"
  | "logFacet"
  | "metricNames"
  | "metricPoints"
  | "follow"
>;

export interface TelemetryReadsOptions {
  readonly store: Pick<Store, "telemetry" | "tasks" | "agents">;
  readonly hub: LiveHub;
  /** What was seen until now can be read when it resolves. */
  readonly settled: () => Promise<void>;
  readonly now: () => Date;
}

const MAX_SPANS = 100_000;
const MAX_TASK_LOGS = 5_000;
const CATCH_UP_PAGE = 1_000;
/** Beyond it a tail that was away goes on with the present, and is told so. */
const MAX_CATCH_UP = 20_000;

/** What people see of their organization's telemetry. */
export class TelemetryReads implements Reads {
  readonly #options: TelemetryReadsOptions;

  constructor(options: TelemetryReadsOptions) {
    this.#options = options;
  }

  async searchSpans(
    principal: Principal,
    query: Query,
    page: Parameters<Reads["searchSpans"]>[2],
  ): ReturnType<Reads["searchSpans"]> {
    return await this.#read(principal).spans.search(principal.orgId, queryFor(principal, query), page);
  }

  async searchTraces(
    principal: Principal,
    query: Query,
    page: Parameters<Reads["searchTraces"]>[2],
  ): ReturnType<Reads["searchTraces"]> {
    return await this.#read(principal).spans.searchTraces(principal.orgId, queryFor(principal, query), page);
  }

  async trace(principal: Principal, traceId: string): Promise<TraceView> {
    const store = this.#read(principal);
    const { orgId } = principal;
    await this.#options.settled();
    const found = await store.spans.trace(orgId, traceId, MAX_SPANS);
    const spans = seenOf(principal, found);
    if (spans.length === 0) {
      throw new PlatformError(
        "TRACE_NOT_FOUND",
        "Trace not found: there is none with this id, or it is no longer kept.",
      );
    }
    const taskIds = [...new Set(spans.flatMap(({ taskId }) => taskId ?? []))];
    const siblings = await this.#siblings(principal, traceId, taskIds);
    return { traceId, spans, truncated: found.length === MAX_SPANS, taskIds, siblings };
  }

  async ofTask(principal: Principal, taskId: string): Promise<TaskTelemetry> {
    const { store, settled } = this.#options;
    const { orgId } = principal;
    const record = await store.tasks.find(orgId, taskId);
    if (record === undefined || !(await this.#maySeeTask(principal, record))) throw taskNotFound();
    await settled();
    const query: Query = {
      terms: [{ type: "field", negated: false, field: "task", op: ":", values: [taskId] }],
    };
    const [spans, logs] = await Promise.all([
      store.telemetry.spans.ofTask(orgId, taskId, MAX_SPANS),
      store.telemetry.logs.search(orgId, query, { limit: MAX_TASK_LOGS, order: "oldest" }),
    ]);
    return { spans, logs, truncated: spans.length === MAX_SPANS || logs.length === MAX_TASK_LOGS };
  }

  async searchLogs(
    principal: Principal,
    query: Query,
    page: Parameters<Reads["searchLogs"]>[2],
  ): ReturnType<Reads["searchLogs"]> {
    return await this.#read(principal).logs.search(principal.orgId, queryFor(principal, query), page);
  }

  async logContext(
    principal: Principal,
    id: number,
    around: Parameters<Reads["logContext"]>[2],
  ): ReturnType<Reads["logContext"]> {
    return seenOf(principal, await this.#read(principal).logs.context(principal.orgId, id, around));
  }

  async logHistogram(
    principal: Principal,
    query: Query,
    range: Parameters<Reads["logHistogram"]>[2],
  ): ReturnType<Reads["logHistogram"]> {
    return await this.#read(principal).logs.histogram(principal.orgId, queryFor(principal, query), range);
  }

  async logFacet(
    principal: Principal,
    query: Query,
    field: Parameters<Reads["logFacet"]>[2],
    limit: number,
  ): ReturnType<Reads["logFacet"]> {
    return await this.#read(principal).logs.facet(principal.orgId, queryFor(principal, query), field, limit);
  }

  async metricNames(principal: Principal): ReturnType<Reads["metricNames"]> {
    const names = await this.#read(principal).metrics.names(principal.orgId);
    return names.filter((each) => isSeen(principal, each));
  }

  async metricPoints(
    principal: Principal,
    filter: Parameters<Reads["metricPoints"]>[1],
  ): Promise<readonly MetricPoint[]> {
    const { metrics } = this.#read(principal);
    const { orgId, agents } = principal;
    if (filter.agent !== undefined) return isSeen(principal, filter) ? await metrics.points(orgId, filter) : [];
    if (agents === undefined) return await metrics.points(orgId, filter);
    const pages = await Promise.all(agents.map(async (agent) => await metrics.points(orgId, { ...filter, agent })));
    return pages
      .flat()
      .toSorted((a, b) => a.atUs - b.atUs)
      .slice(0, filter.limit);
  }

  async *follow(principal: Principal, topic: LiveTopic, signal: AbortSignal): AsyncGenerator<LiveRecord> {
    authorize(principal, "telemetry.read");
    const query = queryFor(principal, parseQuery(topic.query ?? "", { nowUs: this.#options.now().getTime() * 1_000 }));
    // Whoever stops reading has left, whatever becomes of the signal.
    const left = new AbortController();
    const ended = AbortSignal.any([signal, left.signal]);
    try {
      if (topic.topic === "logs") yield* this.#tail(principal.orgId, query, topic.afterId, ended);
      else {
        const wish = { orgId: principal.orgId, wantsSpan: (span: SpanRecord) => matchesSpan(query, span) };
        yield* this.#options.hub.open(wish, ended).read();
      }
    } finally {
      left.abort();
    }
  }

  async *#tail(
    orgId: string,
    query: Query,
    afterId: number | undefined,
    ended: AbortSignal,
  ): AsyncGenerator<LiveRecord> {
    // Open before the past is read: what comes meanwhile waits.
    const reader = this.#options.hub.open({ orgId, wantsLog: (log) => matchesLog(query, log) }, ended);
    let last = afterId ?? 0;
    if (afterId !== undefined) {
      for await (const record of this.#missed(orgId, query, last)) {
        if (ended.aborted) return;
        if (record.type === "logs") last = record.logs.at(-1)?.id ?? last;
        yield record;
      }
    }
    for await (const record of reader.read()) {
      if (record.type !== "logs") yield record;
      else {
        const logs = record.logs.filter(({ id }) => id > last);
        if (logs.length > 0) yield { type: "logs", logs };
      }
    }
  }

  async *#missed(orgId: string, query: Query, afterId: number): AsyncGenerator<LiveRecord> {
    const { logs: store } = this.#options.store.telemetry;
    let last = afterId;
    for (let read = 0; read < MAX_CATCH_UP; read += CATCH_UP_PAGE) {
      const logs = await store.search(orgId, query, { limit: CATCH_UP_PAGE, order: "oldest", afterId: last });
      if (logs.length > 0) yield { type: "logs", logs };
      last = logs.at(-1)?.id ?? last;
      if (logs.length < CATCH_UP_PAGE) return;
    }
    // How many more there are nobody has counted.
    yield { type: "gap", skipped: 1 };
  }

  /** Where a task has another trace than the one that is asked for. */
  async #siblings(principal: Principal, traceId: string, taskIds: readonly string[]): Promise<readonly string[]> {
    const [first] = taskIds;
    if (first === undefined) return [];
    const query: Query = {
      terms: [{ type: "field", negated: false, field: "task", op: ":", values: taskIds.slice(0, 100) }],
    };
    const { spans } = this.#options.store.telemetry;
    const traces = await spans.searchTraces(principal.orgId, queryFor(principal, query), { limit: 100 });
    return traces.map((trace) => trace.traceId).filter((id) => id !== traceId);
  }

  async #maySeeTask(principal: Principal, record: Parameters<typeof maySee>[1]): Promise<boolean> {
    const { store } = this.#options;
    if (await maySee(principal, record, store)) return true;
    if (!isAllowed(principal, "telemetry.read")) return false;
    return (await visibleAgentIds(principal, store))?.includes(record.agentId) ?? true;
  }

  #read(principal: Principal): Store["telemetry"] {
    authorize(principal, "telemetry.read");
    return this.#options.store.telemetry;
  }
}
