import type { Attributes } from "../attributes.ts";
import type { LogRecord } from "../log-record.ts";
import { levelOf } from "../log-record.ts";
import type { MetricPoint } from "../metric-point.ts";
import { BERTH, EVENT_NAME, SERVICE_NAME } from "../semconv.ts";
import type { SpanRecord } from "../span.ts";
import type { ResourceGroup } from "./group-records.ts";
import { groupRecords } from "./group-records.ts";
import { SPAN_KINDS, SPAN_STATUSES } from "./raw-records.ts";

/** Both encodings write what these say. */

/** The number of SpanKind; "internal" stands twice in the list, and 0 is "unspecified". */
export function spanKindNumber({ kind }: SpanRecord): number {
  return SPAN_KINDS.lastIndexOf(kind);
}

export function spanStatusNumber({ status }: SpanRecord): number {
  return SPAN_STATUSES.indexOf(status);
}

export function severityText({ severity }: LogRecord): string {
  return severity === 0 ? "" : levelOf(severity).toUpperCase();
}

/** AggregationTemporality: 1 delta, 2 cumulative. */
export function temporalityNumber({ temporality }: MetricPoint): number {
  return temporality === "delta" ? 1 : 2;
}

/** What was left out goes into its own field. */
export function splitDropped(attributes: Attributes): { readonly attributes: Attributes; readonly dropped: number } {
  const { [BERTH.dropped]: dropped, ...rest } = attributes;
  return typeof dropped === "number" ? { attributes: rest, dropped } : { attributes, dropped: 0 };
}

/** An event's name too has a field of its own. */
export function splitEventName(attributes: Attributes): {
  readonly attributes: Attributes;
  readonly eventName: string;
} {
  const { [EVENT_NAME]: eventName, ...rest } = attributes;
  return typeof eventName === "string" ? { attributes: rest, eventName } : { attributes, eventName: "" };
}

/** Points that differ in nothing but time, attributes and values are of one Metric. */
export function groupPoints(points: readonly MetricPoint[]): readonly (readonly MetricPoint[])[] {
  const metrics = new Map<string, MetricPoint[]>();
  for (const point of points) {
    const { name, unit, description, type, temporality, monotonic } = point;
    const key = JSON.stringify([name, unit, description, type, temporality, monotonic]);
    const metric = metrics.get(key);
    if (metric === undefined) metrics.set(key, [point]);
    else metric.push(point);
  }
  return [...metrics.values()];
}

/**
 * Whose a record is goes into its resource, under the conventions' names, where other backends look for it; what the sender
 * said there itself stays, except about that.
 */
export function outgoingGroups<R extends SpanRecord | LogRecord | MetricPoint>(
  records: readonly R[],
): readonly ResourceGroup<R>[] {
  const known = new Map<Attributes | undefined, Map<string, Attributes>>();
  return groupRecords(
    records.map((record) => {
      const { agent, release, instanceId, resource } = record;
      if (agent === undefined && release === undefined && instanceId === undefined) return record;
      const ofResource = known.get(resource) ?? new Map<string, Attributes>();
      known.set(resource, ofResource);
      const key = JSON.stringify([agent, release, instanceId]);
      const stamped = ofResource.get(key) ?? withOrigin(record);
      ofResource.set(key, stamped);
      return { ...record, resource: stamped };
    }),
  );
}

function withOrigin({ agent, release, instanceId, resource }: SpanRecord | LogRecord | MetricPoint): Attributes {
  return {
    ...(agent === undefined ? {} : { [SERVICE_NAME]: agent }),
    ...resource,
    ...(agent === undefined ? {} : { [BERTH.agent]: agent }),
    ...(release === undefined ? {} : { [BERTH.release]: release }),
    ...(instanceId === undefined ? {} : { [BERTH.instanceId]: instanceId }),
  };
}
