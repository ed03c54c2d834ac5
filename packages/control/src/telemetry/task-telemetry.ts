import { isPlatformError, isTerminal } from "@berth/protocol";
import type { AcceptedEvent, TaskEvent, TaskState, TraceHeaders } from "@berth/protocol";
import type { ReleaseSpec, TurnEvent } from "@berth/runtime";
import { A2A, BERTH, ERROR_TYPE, GEN_AI, traceHeaders } from "@berth/telemetry";
import type { OpenSpan, SpanRecord, TelemetrySink, TraceContext, Tracer } from "@berth/telemetry";
import type { LeftExchanges } from "./left-exchanges.ts";
import type { PlatformMetrics } from "./platform-metrics.ts";
import type { SpanIds } from "./span-ids.ts";
import { TaskSpans } from "./task-spans.ts";
import type { TaskPlaces } from "./task-places.ts";

/** A task in memory, as far as its telemetry goes. */
export interface SeenTask {
  readonly taskId: string;
  readonly record: { readonly orgId: string; readonly createdAt: string };
  readonly accepted: AcceptedEvent;
  readonly state: TaskState;
  readonly spans: TaskSpans | undefined;
}

/** Carrying one turn to the agent and its answer back. */
export interface Exchange {
  /** For the agent. */
  readonly trace: TraceHeaders;
  see(event: TurnEvent): void;
  /** Twice is harmless: the first one counts. */
  end(error?: unknown): void;
}

/** Undefined: nobody looks. */
export type OpenSpans = (taskId: string, accepted: AcceptedEvent) => TaskSpans | undefined;

/** What tasks do, told to telemetry as it is written to their logs. Nothing here waits or throws. */
export interface TaskTelemetry {
  /** For a task that comes into memory. */
  open(taskId: string, accepted: AcceptedEvent): TaskSpans;
  /** `parent`: the run that made the task, where it is in memory. */
  seen(
    task: SeenTask,
    what: { readonly events: readonly TaskEvent[]; readonly spans: readonly SpanRecord[] },
    parent: SeenTask | undefined,
  ): void;
  /** Tasks that an earlier process was at when it ended. */
  left(tasks: readonly { readonly orgId: string; readonly taskId: string }[]): void;
  /** The next exchange with the agent of the task begins. `what` tells it from the task's other ones. */
  exchange(task: SeenTask, spec: ReleaseSpec, what: string): Exchange;
}

export interface TaskTelemetryOptions {
  readonly sink: TelemetrySink;
  readonly tracer: Tracer;
  readonly ids: SpanIds;
  readonly places: TaskPlaces;
  readonly metrics: PlatformMetrics;
  readonly left: Pick<LeftExchanges, "end">;
  readonly log?: ((line: string) => void) | undefined;
}

export function createTaskTelemetry(options: TaskTelemetryOptions): TaskTelemetry {
  const { sink, tracer, ids, places, metrics, left, log } = options;
  const tellParent = (task: SeenTask, events: readonly TaskEvent[], parent: SeenTask): void => {
    const { taskId, accepted, state } = task;
    const { agentName, skill } = accepted;
    for (const { body, at } of events) {
      if (body.kind === "accepted") {
        sink.spans(parent.record.orgId, parent.spans?.childBegan(taskId, { agentName, skill, at }) ?? []);
      } else if (body.kind === "status" && isTerminal(body.status.state)) {
        sink.spans(parent.record.orgId, parent.spans?.childEnded(taskId, { at, state }) ?? []);
      }
    }
  };

  return {
    open: (taskId, accepted) => new TaskSpans(taskId, accepted, ids),
    left: (tasks) => left.end(tasks),
    seen(task, { events, spans }, parent) {
      try {
        sink.spans(task.record.orgId, spans);
        if (parent !== undefined) tellParent(task, events, parent);
        metrics.seen(task, events);
      } catch (error) {
        log?.(`telemetry of ${task.taskId}: ${String(error)}`);
      }
    },
    exchange(task, spec, what) {
      const { taskId, accepted, record } = task;
      const { orgId } = record;
      const parent = task.spans?.context;
      const agent = accepted.agentName;
      const spanId = ids.spanId(taskId, `exchange/${what}`);
      // Somebody else's system: its trace is another one, and this one says which.
      const isForeign = spec.remote !== undefined && spec.remote.placed === undefined;
      const elsewhere = isForeign ? { traceId: ids.traceId(taskId, what), spanId } : undefined;
      const span = tracer.start({
        orgId,
        name: `SendStreamingMessage ${agent}`,
        kind: "client",
        spanId,
        live: true,
        ...(parent === undefined ? {} : { parent }),
        ...(elsewhere === undefined ? {} : { links: [elsewhere] }),
        attributes: {
          [A2A.method]: "SendStreamingMessage",
          [A2A.taskId]: taskId,
          [GEN_AI.agentName]: agent,
          [GEN_AI.conversationId]: accepted.contextId,
          [BERTH.release]: spec.releaseId,
        },
        origin: { agent, release: spec.releaseId, taskId },
      });
      const { traceId } = span.context;
      if (elsewhere === undefined) places.add({ orgId, agent, taskId }, { traceId, spanId });
      return toExchange(span, elsewhere === undefined ? span.context : { ...elsewhere, sampled: true });
    },
  };
}

function toExchange(span: OpenSpan, told: TraceContext): Exchange {
  return {
    trace: traceHeaders(told),
    see(event) {
      if (event.kind === "instance") {
        span.set(BERTH.instanceId, event.instanceId);
        span.event("instance assigned", { [BERTH.instanceId]: event.instanceId });
      } else if (event.kind === "queued") span.event("queued", { position: event.position });
    },
    end(error) {
      if (error === undefined) return span.end({ status: "ok" });
      const reason = isPlatformError(error) ? error.reason : "INTERNAL";
      span.set(ERROR_TYPE, reason);
      span.end({ status: "error", message: isPlatformError(error) ? error.message : reason });
    },
  };
}
