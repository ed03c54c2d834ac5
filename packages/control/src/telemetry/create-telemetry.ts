import { PlatformError } from "@berth/protocol";
import type { Principal, IdGenerator } from "@berth/protocol";
import type { OutboundHttp, RuntimeTelemetry, SecretSource } from "@berth/runtime";
import type { Store } from "@berth/store";
import { createTracer } from "@berth/telemetry";
import type { TraceContext } from "@berth/telemetry";
import { authorize } from "../auth/authorize.ts";
import { createDestinations } from "./export/create-destinations.ts";
import { createInstanceTelemetry } from "./instance-telemetry.ts";
import { LeftExchanges } from "./left-exchanges.ts";
import { LiveHub } from "./live-hub.ts";
import { PlatformMetrics } from "./platform-metrics.ts";
import type { MeasuredPlatform } from "./platform-metrics.ts";
import { TelemetryRecorder } from "./recorder.ts";
import { Retention } from "./retention.ts";
import { createSpanIds } from "./span-ids.ts";
import { stampRecords } from "./stamp-records.ts";
import { TaskPlaces } from "./task-places.ts";
import { createTaskTelemetry } from "./task-telemetry.ts";
import type { TaskTelemetry } from "./task-telemetry.ts";
import type { IngestResult, Telemetry, TelemetryBatch, TelemetrySender } from "./telemetry.ts";
import { TelemetryReads } from "./telemetry-reads.ts";

export interface TelemetryOptions {
  readonly store: Pick<Store, "telemetry" | "tasks" | "agents" | "audit">;
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  readonly secrets: Pick<SecretSource, "value">;
  /** Keeps span ids from being guessed; the same after a restart. */
  readonly key: Uint8Array;
  /** How long it is kept. */
  readonly retention: TelemetryRetention;
  /** Of a run that is under way. */
  readonly traceOf: (taskId: string) => TraceContext | undefined;
  readonly platform: MeasuredPlatform;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
  readonly log?: (line: string) => void;
}

export interface TelemetryRetention {
  readonly days: number;
  readonly maxBytes: number;
}

export const DEFAULT_TELEMETRY_RETENTION: TelemetryRetention = { days: 7, maxBytes: 2 * 1024 ** 3 };

/** Life: 1. `start`; 2. whatever comes; 3. `close`, when nobody has anything to tell any more. */
export interface RunningTelemetry extends Telemetry {
  readonly tasks: TaskTelemetry;
  /** For the runtime. */
  readonly instances: RuntimeTelemetry;
  readonly metrics: PlatformMetrics;
  /** What is kept of a task whose log was erased. What its agent sends afterwards is kept; twice is harmless. */
  eraseTask(orgId: string, taskId: string): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export function createTelemetry(options: TelemetryOptions): RunningTelemetry {
  const { store, now, randomBytes, log, traceOf, retention } = options;
  const hub = new LiveHub();
  const places = new TaskPlaces();
  const spanIds = createSpanIds(options.key);
  const destinations = createDestinations(options);
  const recorder = new TelemetryRecorder({
    store: store.telemetry,
    onSpans: (orgId, spans) => hub.spans(orgId, spans),
    onLogs: (orgId, logs) => hub.logs(orgId, logs),
    onRecords: (orgId, batch) => {
      metrics.accepted(batch.records.length);
      destinations.offer(orgId, batch);
    },
    onDropped: (records) => metrics.dropped(records),
    log,
  });
  const metrics: PlatformMetrics = new PlatformMetrics({
    ...options.platform,
    waiting: () => recorder.waiting,
    followers: () => hub.readers,
    destinations: () => destinations.seen,
  });
  const pruning = new Retention({ store: store.telemetry, ...retention, now, log });
  const reads = new TelemetryReads({ store, hub, now, settled: async () => await recorder.flush() });

  const ingest = async (sender: TelemetrySender, batch: TelemetryBatch): Promise<IngestResult> => {
    const { records, rejected, message } = stampRecords(sender, batch, { places, nowUs: now().getTime() * 1_000 });
    if (!recorder.hasRoom(records.length)) {
      throw new PlatformError("RATE_LIMITED", "There is no room for telemetry now.", {
        retryable: true,
        metadata: { retryAfterSeconds: "5" },
      });
    }
    record(recorder, sender.orgId, { ...batch, records } as TelemetryBatch);
    return { accepted: records.length, rejected, ...(message === undefined ? {} : { message }) };
  };

  const left = new LeftExchanges({ store: store.telemetry.spans, sink: recorder, beganAt: now(), log });
  const tracer = createTracer({ sink: recorder, now: () => now().getTime() * 1_000, randomBytes });

  return {
    tracer,
    sink: recorder,
    destinations,
    metrics,
    tasks: createTaskTelemetry({ sink: recorder, tracer, ids: spanIds, places, metrics, left, log }),
    instances: createInstanceTelemetry({
      sink: recorder,
      ids: spanIds,
      metrics,
      traceOf,
      ingest: async ({ orgId, agentName: agent, releaseId: release, instanceId }, batch) =>
        await ingest({ orgId, agent, release, instanceId }, batch),
    }),
    ingest,
    searchSpans: async (...asked) => await reads.searchSpans(...asked),
    searchTraces: async (...asked) => await reads.searchTraces(...asked),
    trace: async (...asked) => await reads.trace(...asked),
    ofTask: async (...asked) => await reads.ofTask(...asked),
    searchLogs: async (...asked) => await reads.searchLogs(...asked),
    logContext: async (...asked) => await reads.logContext(...asked),
    logHistogram: async (...asked) => await reads.logHistogram(...asked),
    logFacet: async (...asked) => await reads.logFacet(...asked),
    metricNames: async (principal: Principal) => await reads.metricNames(principal),
    metricPoints: async (...asked) => await reads.metricPoints(...asked),
    follow: (...asked) => reads.follow(...asked),
    async usage(principal) {
      authorize(principal, "telemetry.read");
      const { orgId } = principal;
      return { ...(await store.telemetry.usage(orgId)), dropped: recorder.droppedOf(orgId) };
    },
    async renderMetrics(): Promise<string> {
      await destinations.look();
      return metrics.render();
    },
    async eraseTask(orgId, taskId): Promise<void> {
      // What was seen of it and waits to be written would come back otherwise.
      await recorder.flush();
      await store.telemetry.eraseTask(orgId, taskId);
    },
    async start(): Promise<void> {
      await destinations.start();
      pruning.start();
    },
    async close(): Promise<void> {
      await pruning.close();
      await left.settled();
      await recorder.close();
      await destinations.close();
    },
  };
}

function record(recorder: TelemetryRecorder, orgId: string, batch: TelemetryBatch): void {
  switch (batch.signal) {
    case "traces":
      return recorder.spans(orgId, batch.records);
    case "logs":
      return recorder.logs(orgId, batch.records);
    case "metrics":
      return recorder.metrics(orgId, batch.records);
  }
}
