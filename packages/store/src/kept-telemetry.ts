import type { AttributeValue, Attributes, LogRecord, MetricPoint, SpanRecord } from "@berth/telemetry";
import { requireStorableText } from "./storable-text.ts";

/** Characters of one line, and of one value in attributes and resources; the rest is cut off with a mark. */
const MAX_TEXT = 65_536;
/** Characters of the attributes of a record as JSON; values that come later are left out. */
const MAX_ATTRIBUTES_SIZE = 262_144;
const MAX_NAME = 1_024;
const MAX_DEPTH = 8;
const MAX_ITEMS = 256;
/** FATAL4 (logs data model, "Severity Fields"). */
const MAX_SEVERITY = 24;
const CUT = "… [cut]";

/** As every driver keeps it: text that a database takes, sizes that a reader survives, no tie to the caller's objects. */
export function spanAsKept(span: SpanRecord): SpanRecord {
  const { traceId, spanId, parentSpanId, agent, release, instanceId, taskId } = span;
  requireStorableText({ traceId, spanId, parentSpanId, agent, release, instanceId, taskId });
  return {
    ...span,
    name: keptText(span.name, MAX_NAME),
    startUs: keptTime(span.startUs),
    ...(span.endUs === undefined ? {} : { endUs: keptTime(span.endUs) }),
    attributes: keptAttributes(span.attributes),
    ...common(span),
    ...(span.statusMessage === undefined ? {} : { statusMessage: keptText(span.statusMessage) }),
    ...(span.traceState === undefined ? {} : { traceState: keptText(span.traceState) }),
    ...(span.events === undefined
      ? {}
      : {
          events: span.events.slice(0, MAX_ITEMS).map(({ name, atUs, attributes }) => ({
            name: keptText(name, MAX_NAME),
            atUs,
            attributes: keptAttributes(attributes),
          })),
        }),
    ...(span.links === undefined
      ? {}
      : {
          links: span.links.slice(0, MAX_ITEMS).map((link) => ({
            traceId: keptText(link.traceId, MAX_NAME),
            spanId: keptText(link.spanId, MAX_NAME),
            ...(link.attributes === undefined ? {} : { attributes: keptAttributes(link.attributes) }),
          })),
        }),
  };
}

export function logAsKept(log: LogRecord): LogRecord {
  const { traceId, spanId, agent, release, instanceId, taskId } = log;
  requireStorableText({ traceId, spanId, agent, release, instanceId, taskId });
  return {
    ...log,
    atUs: keptTime(log.atUs),
    severity: Number.isFinite(log.severity) ? Math.min(Math.max(Math.trunc(log.severity), 0), MAX_SEVERITY) : 0,
    body: keptText(log.body),
    attributes: keptAttributes(log.attributes),
    ...common(log),
  };
}

export function pointAsKept(point: MetricPoint): MetricPoint {
  const { agent, release, instanceId, taskId, bounds, counts } = point;
  requireStorableText({ agent, release, instanceId, taskId });
  return {
    ...point,
    name: keptText(point.name, MAX_NAME),
    unit: keptText(point.unit, MAX_NAME),
    ...(point.description === undefined ? {} : { description: keptText(point.description, MAX_NAME) }),
    atUs: keptTime(point.atUs),
    attributes: keptAttributes(point.attributes),
    ...common(point),
    ...(bounds === undefined ? {} : { bounds: [...bounds] }),
    ...(counts === undefined ? {} : { counts: [...counts] }),
  };
}

/** About what a record takes while it waits to be written. */
export function telemetrySize(record: SpanRecord | LogRecord | MetricPoint): number {
  let size = 500;
  for (const attributes of [record.attributes, record.resource ?? {}]) {
    for (const value of Object.values(attributes)) {
      if (typeof value === "string") size += value.length;
      else size += typeof value === "object" ? JSON.stringify(value).length : 8;
    }
  }
  return "body" in record ? size + record.body.length : size;
}

function keptTime(us: number): number {
  return Number.isFinite(us) ? Math.min(Math.max(Math.round(us), 0), Number.MAX_SAFE_INTEGER) : 0;
}

function common({ scope, resource }: { readonly scope?: string; readonly resource?: Attributes }): {
  readonly scope?: string;
  readonly resource?: Attributes;
} {
  return {
    ...(scope === undefined ? {} : { scope: keptText(scope, MAX_NAME) }),
    ...(resource === undefined ? {} : { resource: keptAttributes(resource) }),
  };
}

function keptAttributes(attributes: Attributes): Attributes {
  const kept: Record<string, AttributeValue> = {};
  let size = 0;
  for (const [key, value] of Object.entries(attributes)) {
    const safe = keptValue(value, 0);
    size += key.length + (typeof safe === "string" ? safe.length : (JSON.stringify(safe)?.length ?? 4));
    if (size > MAX_ATTRIBUTES_SIZE) break;
    define(kept, keptText(key, MAX_NAME), safe);
  }
  return kept;
}

function keptValue(value: AttributeValue, depth: number): AttributeValue {
  if (typeof value === "string") return keptText(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) return CUT;
  if (isList(value)) return value.map((each) => keptValue(each, depth + 1));
  const kept: Record<string, AttributeValue> = {};
  for (const [key, each] of Object.entries(value)) define(kept, keptText(key, MAX_NAME), keptValue(each, depth + 1));
  return kept;
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}

/** A key may be `__proto__`: assigned, it would set the prototype instead. */
function define(target: Record<string, AttributeValue>, key: string, value: AttributeValue): void {
  if (key === "__proto__") {
    Object.defineProperty(target, key, { value, enumerable: true, configurable: true, writable: true });
  } else target[key] = value;
}

function keptText(text: string, max: number = MAX_TEXT): string {
  const short = text.length <= max ? text : `${text.slice(0, max - CUT.length)}${CUT}`;
  const whole = short.isWellFormed() ? short : short.toWellFormed();
  return whole.includes("\u0000") ? whole.replaceAll("\u0000", "\uFFFD") : whole;
}
