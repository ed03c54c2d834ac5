import type { AttributeValue, Attributes } from "../attributes.ts";
import type { LogRecord } from "../log-record.ts";
import type { MetricPoint } from "../metric-point.ts";
import type { SpanRecord } from "../span.ts";

export const REDACTED = "[redacted]";

type Redact = <R extends SpanRecord | LogRecord | MetricPoint>(record: R) => R;

/**
 * Puts `[redacted]` in the place of the values of these keys, wherever a record has attributes and however deep within values. A key
 * that ends with `*` is a prefix; case does not count. Texts as such (names, bodies, status messages) are not searched.
 */
export function createRedaction(keys: readonly string[]): Redact {
  const exact = new Set(keys.filter((key) => !key.endsWith("*")).map((key) => key.toLowerCase()));
  const prefixes = keys.filter((key) => key.endsWith("*")).map((key) => key.slice(0, -1).toLowerCase());
  if (keys.length === 0) return (record) => record;
  const isRedacted = (key: string): boolean => {
    const name = key.toLowerCase();
    return exact.has(name) || prefixes.some((prefix) => name.startsWith(prefix));
  };
  const redactAll = (attributes: Attributes): Attributes => redactMap(attributes, isRedacted);
  return (record) => ({
    ...record,
    attributes: redactAll(record.attributes),
    ...(record.resource === undefined ? {} : { resource: redactAll(record.resource) }),
    ...("spanId" in record && "startUs" in record ? redactNested(record, redactAll) : {}),
  });
}

function redactNested(
  record: Partial<Pick<SpanRecord, "events" | "links">>,
  redactAll: (attributes: Attributes) => Attributes,
): Partial<Pick<SpanRecord, "events" | "links">> {
  const { events, links } = record;
  return {
    ...(events === undefined
      ? {}
      : { events: events.map((event) => ({ ...event, attributes: redactAll(event.attributes) })) }),
    ...(links === undefined
      ? {}
      : {
          links: links.map(({ attributes, ...link }) =>
            attributes === undefined ? link : { ...link, attributes: redactAll(attributes) },
          ),
        }),
  };
}

function redactMap(attributes: Attributes, isRedacted: (key: string) => boolean): Attributes {
  return Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [
      key,
      isRedacted(key) ? REDACTED : redactValue(value, isRedacted),
    ]),
  );
}

function redactValue(value: AttributeValue, isRedacted: (key: string) => boolean): AttributeValue {
  if (typeof value !== "object" || value === null) return value;
  if (isList(value)) return value.map((each) => redactValue(each, isRedacted));
  return redactMap(value, isRedacted);
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
