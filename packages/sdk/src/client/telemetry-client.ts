import { PlatformError } from "@berth/protocol";
import type { TaskEvent, TaskState } from "@berth/protocol";
import type { MetricPoint, SpanRecord, StoredLog } from "@berth/telemetry";
import type { CallOptions } from "./call-options.ts";
import type { Http, HttpRequest } from "./http.ts";
import { createReconnect } from "./reconnect.ts";

export interface TraceInfo {
  readonly traceId: string;
  readonly rootName: string;
  readonly spanId: string;
  readonly agent?: string;
  readonly taskId?: string;
  /** Microseconds since 1970. */
  readonly startUs: number;
  readonly durationUs: number;
  readonly spans: number;
  readonly errors: number;
}

export interface TraceDetail {
  readonly traceId: string;
  readonly spans: readonly SpanRecord[];
  readonly truncated: boolean;
  readonly taskIds: readonly string[];
  readonly siblings: readonly string[];
}

export type TelemetrySignal = "traces" | "logs" | "metrics";

export interface NewDestination {
  /** Base of OTLP/HTTP; `/v1/traces` and the like are appended. */
  readonly url: string;
  readonly encoding?: "protobuf" | "json";
  readonly signals?: readonly TelemetrySignal[];
  readonly headers?: Readonly<Record<string, string>>;
  /** The secret of the organization whose value is sent, by the header's name. */
  readonly secretHeaders?: Readonly<Record<string, string>>;
  /** Share of traces, 0 to 1. */
  readonly sampleRatio?: number;
  /** Attribute keys, `*` at the end allowed. */
  readonly redact?: readonly string[];
  readonly deltaMetrics?: boolean;
  readonly enabled?: boolean;
}

export interface DestinationInfo extends Required<NewDestination> {
  readonly name: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface DestinationState {
  readonly waiting: number;
  readonly waitingBytes: number;
  readonly sent: number;
  readonly dropped: number;
  readonly lastError?: string;
  readonly lastSentAt?: string;
  readonly oldestAt?: string;
}

export interface DestinationTest {
  readonly ok: boolean;
  readonly status?: number;
  readonly detail: string;
  readonly ms: number;
}

export interface LogQuery {
  readonly q?: string;
  readonly limit?: number;
  readonly order?: "newest" | "oldest";
  readonly before?: number;
  readonly after?: number;
}

/** One thing to follow; `id` is on each of its events. */
export type LiveTopic =
  | { readonly id: string; readonly topic: "task"; readonly taskId: string; readonly after?: number }
  | { readonly id: string; readonly topic: "deployment"; readonly deploymentId: string; readonly after?: number }
  | { readonly id: string; readonly topic: "logs"; readonly query?: string; readonly after?: number }
  | { readonly id: string; readonly topic: "spans"; readonly query?: string }
  | { readonly id: string; readonly topic: "tasks" | "approvals" };

export interface LiveTaskChange {
  readonly taskId: string;
  readonly contextId: string;
  readonly agent: string;
  readonly release: string;
  readonly state: TaskState;
  readonly seq: number;
  readonly at: string;
}

export interface LiveApprovalChange {
  readonly approvalId: string;
  readonly taskId: string;
  readonly agent: string;
  readonly phase: "requested" | "approved" | "denied" | "expired" | "canceled";
  readonly at: string;
}

/** `at`: milliseconds since 1970, when the server sent it. */
export type LiveEvent = { readonly topic: string; readonly at: number } & (
  | {
      readonly type: "event";
      /** Grows within the topic. */
      readonly id: number;
      /** Of `task`. */
      readonly event?: TaskEvent;
      readonly tasks?: readonly LiveTaskChange[];
      readonly approvals?: readonly LiveApprovalChange[];
      readonly logs?: readonly StoredLog[];
      readonly spans?: readonly SpanRecord[];
      /** Of `deployment`: `step`, `log` or `done`. */
      readonly kind?: string;
      readonly data?: unknown;
    }
  | { readonly type: "gap"; readonly skipped: number }
  | { readonly type: "error"; readonly error: { readonly reason: string; readonly detail: string } }
  | { readonly type: "end" }
);

/** What happens, to be seen. Reading needs `deploy`, `operate` or `read`; destinations need `admin`. */
export interface TelemetryClient {
  logs(
    query?: LogQuery,
    options?: CallOptions,
  ): Promise<{ readonly logs: readonly StoredLog[]; readonly next?: number }>;
  traces(
    query?: { readonly q?: string; readonly limit?: number; readonly before?: string },
    options?: CallOptions,
  ): Promise<{ readonly traces: readonly TraceInfo[]; readonly next?: string }>;
  trace(traceId: string, options?: CallOptions): Promise<TraceDetail>;
  ofTask(
    taskId: string,
    options?: CallOptions,
  ): Promise<{
    readonly spans: readonly SpanRecord[];
    readonly logs: readonly StoredLog[];
    readonly truncated: boolean;
  }>;
  points(
    query: { readonly name: string; readonly agent?: string; readonly from?: number; readonly to?: number },
    options?: CallOptions,
  ): Promise<readonly MetricPoint[]>;
  readonly destinations: {
    list(options?: CallOptions): Promise<readonly (DestinationInfo & { readonly state: DestinationState })[]>;
    put(name: string, destination: NewDestination, options?: CallOptions): Promise<DestinationInfo>;
    remove(name: string, options?: CallOptions): Promise<void>;
    test(name: string, options?: CallOptions): Promise<DestinationTest>;
  };
  /**
   * Several things in one stream, until `signal` or all of them are over. A dropped connection goes on after the last
   * event of each topic; where that is not possible, a `gap` says so.
   */
  live(topics: readonly LiveTopic[], options?: CallOptions): AsyncIterable<LiveEvent>;
}

export function createTelemetryClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
  http: Pick<Http, "events">,
): TelemetryClient {
  const at = (name: string): string => `v1/telemetry/destinations/${encodeURIComponent(name)}`;
  return {
    logs: async (query = {}, options) =>
      await request({ method: "GET", path: "v1/logs", query: { ...query } }, options),
    traces: async (query = {}, options) =>
      await request({ method: "GET", path: "v1/traces", query: { ...query } }, options),
    trace: async (traceId, options) =>
      await request({ method: "GET", path: `v1/traces/${encodeURIComponent(traceId)}` }, options),
    ofTask: async (taskId, options) =>
      await request({ method: "GET", path: `v1/tasks/${encodeURIComponent(taskId)}/telemetry` }, options),
    async points(query, options) {
      const call = { method: "GET", path: "v1/metrics/points", query: { ...query } } as const;
      return (await request<{ readonly points: readonly MetricPoint[] }>(call, options)).points;
    },
    destinations: {
      async list(options) {
        const call = { method: "GET", path: "v1/telemetry/destinations" } as const;
        type Listed = readonly (DestinationInfo & { readonly state: DestinationState })[];
        return (await request<{ readonly destinations: Listed }>(call, options)).destinations;
      },
      put: async (name, json, options) => await request({ method: "PUT", path: at(name), json }, options),
      remove: async (name, options) => await request({ method: "DELETE", path: at(name) }, options),
      test: async (name, options) => await request({ method: "POST", path: `${at(name)}/test`, json: {} }, options),
    },
    live: (topics, options) => followLive(http, topics, options),
  };
}

/** The server sends a comment at least this often; a longer silence is a dead connection. */
const SILENCE_MS = 60_000;

async function* followLive(
  http: Pick<Http, "events">,
  wanted: readonly LiveTopic[],
  options: CallOptions = {},
): AsyncGenerator<LiveEvent> {
  const reconnect = createReconnect(options);
  let topics = wanted;
  while (topics.length > 0) {
    try {
      const call = { method: "POST", path: "v1/live", json: { topics } } as const;
      for await (const { data } of http.events(call, { timeoutMs: SILENCE_MS, ...options })) {
        reconnect.succeeded();
        const event = parse(data);
        topics = after(topics, event);
        yield event;
      }
      if (topics.length > 0) await reconnect.pause(endedEarly());
    } catch (error) {
      await reconnect.pause(error);
    }
  }
}

/** Where each topic goes on, without those that are over. */
function after(topics: readonly LiveTopic[], event: LiveEvent): readonly LiveTopic[] {
  if (event.type === "gap") return topics;
  if (event.type !== "event") return topics.filter(({ id }) => id !== event.topic);
  return topics.map((topic) => {
    const resumes = topic.topic === "task" || topic.topic === "deployment" || topic.topic === "logs";
    return resumes && topic.id === event.topic ? { ...topic, after: event.id } : topic;
  });
}

/** The platform's events are its documented contract, as its answers are: nothing checks them again. */
function parse(data: string): LiveEvent {
  try {
    return JSON.parse(data) as LiveEvent;
  } catch (error) {
    throw new PlatformError("INVALID_AGENT_RESPONSE", "The platform sent an event that is not JSON.", { cause: error });
  }
}

function endedEarly(): PlatformError {
  return new PlatformError("PLATFORM_RESTARTED", "The live stream ended before what it follows did.");
}
