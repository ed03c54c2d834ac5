import { AGENT_NAME_PATTERN } from "@berth/protocol";
import type { LogRecord, MetricPoint, Origin, SpanRecord } from "@berth/telemetry";
import { SERVICE_NAME } from "@berth/telemetry";
import type { TaskPlaces } from "./task-places.ts";
import type { TelemetryBatch, TelemetrySender } from "./telemetry.ts";

type Incoming = SpanRecord | LogRecord | MetricPoint;

export interface Stamped<B extends TelemetryBatch> {
  readonly records: B["records"];
  readonly rejected: number;
  readonly message?: string;
}

const TRACE_ID = /^(?!0{32})[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0{16})[0-9a-f]{16}$/;
/** Between a span and the one that the platform handed to its run, in one batch. */
const MAX_DEPTH = 32;
/** Clocks go wrong, exports come late; what is further off would stand where nobody looks and no retention finds it. */
const MAX_AHEAD_US = 86_400_000_000;
const MAX_BEHIND_US = 31 * 86_400_000_000;

/**
 * Puts on each record whose it is: what its sender's credential says, and of the resource only the service's name, which
 * a sender for one agent does not get to say. What was sent in these places is gone. Records without valid ids, of a time
 * that cannot be, or of an agent that is not the sender's are left out, one by one.
 */
export function stampRecords<B extends TelemetryBatch>(
  sender: TelemetrySender,
  batch: B,
  { places, nowUs }: Pick<Place, "places"> & { readonly nowUs: number },
): Stamped<B> {
  const reasons = new Map<string, number>();
  const records: Incoming[] = [];
  const above = parentsIn(batch);
  for (const record of batch.records) {
    const agent = sender.agent ?? serviceOf(record);
    const problem = problemOf(record, { sender, agent, nowUs, places });
    if (problem === undefined) records.push(stamped(record, { sender, agent, places, above }));
    else reasons.set(problem, (reasons.get(problem) ?? 0) + 1);
  }
  if (batch.invalid > 0) reasons.set("no valid record", (reasons.get("no valid record") ?? 0) + batch.invalid);
  const rejected = [...reasons.values()].reduce((sum, count) => sum + count, 0);
  const message = [...reasons].map(([problem, count]) => `${count}: ${problem}`).join("; ");
  // Each is what it was, with an origin.
  return { records: records as unknown as B["records"], rejected, ...(rejected === 0 ? {} : { message }) };
}

interface Place {
  readonly sender: TelemetrySender;
  readonly agent: string | undefined;
  readonly places: Pick<TaskPlaces, "find" | "isOurs">;
}

function problemOf(
  record: Incoming,
  { sender, agent, nowUs, places }: Place & { readonly nowUs: number },
): string | undefined {
  if (sender.agents !== undefined && (agent === undefined || !sender.agents.includes(agent))) {
    return "of an agent that this token is not for (service.name)";
  }
  const at = "startUs" in record && "spanId" in record ? record.startUs : "atUs" in record ? record.atUs : undefined;
  if (at === undefined || !Number.isFinite(at) || at > nowUs + MAX_AHEAD_US || at < nowUs - MAX_BEHIND_US) {
    return "its time is too far from now";
  }
  if (!("kind" in record)) return undefined;
  if (!TRACE_ID.test(record.traceId) || !SPAN_ID.test(record.spanId)) return "its trace or span id is none";
  // It would stand in the place of what the platform saw.
  return places.isOurs(sender.orgId, record) ? "its span id is the platform's" : undefined;
}

function stamped(
  record: Incoming,
  { sender, agent, places, above }: Place & { readonly above: ReadonlyMap<string, string> },
): Incoming {
  const { source: _source, agent: _agent, release: _release, instanceId: _instance, taskId: _task, ...said } = record;
  const { orgId, release, instanceId } = sender;
  const taskId = places.find({ orgId, agent, traceId: traceOf(record) }, ancestors(record, above));
  const origin: Origin = {
    source: "agent",
    ...(agent === undefined ? {} : { agent }),
    ...(release === undefined ? {} : { release }),
    ...(instanceId === undefined ? {} : { instanceId }),
    ...(taskId === undefined ? {} : { taskId }),
  };
  return { ...said, ...origin };
}

/** A claim, taken as a name where it could be one. */
function serviceOf({ resource }: Incoming): string | undefined {
  const said = resource?.[SERVICE_NAME];
  return typeof said === "string" && AGENT_NAME_PATTERN.test(said) ? said : undefined;
}

function traceOf(record: Incoming): string | undefined {
  return "traceId" in record ? record.traceId : undefined;
}

function parentsIn(batch: TelemetryBatch): ReadonlyMap<string, string> {
  const parents = new Map<string, string>();
  if (batch.signal !== "traces") return parents;
  for (const { spanId, parentSpanId } of batch.records)
    if (parentSpanId !== undefined) parents.set(spanId, parentSpanId);
  return parents;
}

/** From the record's span upwards, as far as the batch tells. */
function ancestors(record: Incoming, above: ReadonlyMap<string, string>): readonly string[] {
  const ids: string[] = [];
  let id = "spanId" in record ? record.spanId : undefined;
  while (id !== undefined && ids.length < MAX_DEPTH) {
    ids.push(id);
    id = above.get(id);
  }
  return ids;
}
