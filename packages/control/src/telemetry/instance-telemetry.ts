import type { RuntimeTelemetry, SeenLine, Wake } from "@berth/runtime";
import { BERTH, ERROR_TYPE, severityOf } from "@berth/telemetry";
import type { LogRecord, SpanRecord, TelemetrySink, TraceContext } from "@berth/telemetry";
import { readLine } from "./read-line.ts";
import type { PlatformMetrics } from "./platform-metrics.ts";
import type { SpanIds } from "./span-ids.ts";

export interface InstanceTelemetryOptions {
  readonly sink: TelemetrySink;
  readonly ids: SpanIds;
  readonly metrics: PlatformMetrics;
  /** Of a run that is under way. */
  readonly traceOf: (taskId: string) => TraceContext | undefined;
  readonly ingest: RuntimeTelemetry["ingest"];
}

/** What instances print, and what becomes of them. */
export function createInstanceTelemetry(options: InstanceTelemetryOptions): RuntimeTelemetry {
  const { sink, ids, metrics, traceOf, ingest } = options;
  const placeOf = (taskId: string | undefined): Pick<LogRecord, "taskId" | "traceId" | "spanId"> => {
    if (taskId === undefined) return {};
    const { traceId, spanId } = traceOf(taskId) ?? {};
    return { taskId, ...(traceId === undefined ? {} : { traceId }), ...(spanId === undefined ? {} : { spanId }) };
  };
  return {
    ingest,
    line(line) {
      const { orgId, agentName: agent, releaseId: release, instanceId, stream, byPlatform, text } = line;
      const said = byPlatform ? { body: text, severity: severityOf("info"), attributes: {} } : readLine(text, stream);
      const { taskId: claimed, traceId, spanId, ...rest } = said;
      sink.logs(orgId, [
        {
          atUs: Date.parse(line.at) * 1_000,
          ...rest,
          ...placeOf(taskOf(line, claimed)),
          ...(traceId === undefined ? {} : { traceId }),
          ...(spanId === undefined ? {} : { spanId }),
          source: byPlatform ? "platform" : stream,
          agent,
          release,
          instanceId,
        },
      ]);
    },
    wake(wake, { orgId, agentName }) {
      metrics.woken(wake, agentName);
      const { instanceId, releaseId, outcome, detail, reason, taskId } = wake;
      const how = detail === undefined ? outcome : `${outcome} (${detail})`;
      sink.logs(orgId, [
        {
          atUs: Date.parse(wake.at) * 1_000,
          severity: severityOf(outcome === "failed" ? "error" : "info"),
          body: `instance woken for ${reason}: ${how} after ${wake.roomMs + wake.startMs} ms`,
          attributes: {
            "berth.wake.reason": reason,
            "berth.wake.room_ms": wake.roomMs,
            "berth.wake.start_ms": wake.startMs,
          },
          ...placeOf(taskId),
          source: "platform",
          agent: agentName,
          release: releaseId,
          instanceId,
        },
      ]);
      const context = taskId === undefined ? undefined : traceOf(taskId);
      if (taskId === undefined || context === undefined) return;
      sink.spans(orgId, [wakeSpan(wake, { ids, context, agentName, taskId })]);
    },
    fault({ at, reason, detail, instanceId, releaseId }, { orgId, agentName }) {
      metrics.faulted(reason, agentName);
      sink.logs(orgId, [
        {
          atUs: Date.parse(at) * 1_000,
          severity: severityOf(reason === "slow_start" ? "warn" : "error"),
          body: `${reason}: ${detail}`,
          attributes: { [ERROR_TYPE]: reason },
          source: "platform",
          agent: agentName,
          release: releaseId,
          instanceId,
        },
      ]);
    },
  };
}

/** A line says in whose name it was printed, and is believed where that turn runs on its instance; a single turn's is clear. */
function taskOf({ tasks }: SeenLine, claimed: string | undefined): string | undefined {
  if (claimed !== undefined && tasks.includes(claimed)) return claimed;
  return tasks.length === 1 ? tasks[0] : undefined;
}

function wakeSpan(
  { at, instanceId, releaseId, roomMs, startMs, outcome, detail, reason }: Wake,
  {
    ids,
    context,
    agentName,
    taskId,
  }: { readonly ids: SpanIds; readonly context: TraceContext; readonly agentName: string; readonly taskId: string },
): SpanRecord {
  const startUs = Date.parse(at) * 1_000;
  return {
    traceId: context.traceId,
    spanId: ids.spanId(taskId, `wake/${instanceId}`),
    parentSpanId: context.spanId,
    name: "wake instance",
    kind: "internal",
    startUs,
    endUs: startUs + (roomMs + startMs) * 1_000,
    status: outcome === "failed" ? "error" : "ok",
    attributes: {
      [BERTH.instanceId]: instanceId,
      "berth.wake.reason": reason,
      "berth.wake.room_ms": roomMs,
      "berth.wake.start_ms": startMs,
      ...(detail === undefined ? {} : { "berth.wake.detail": detail }),
    },
    source: "platform",
    scope: "berth",
    agent: agentName,
    release: releaseId,
    instanceId,
    taskId,
  };
}
