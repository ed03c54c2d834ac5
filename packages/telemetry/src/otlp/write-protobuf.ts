import type { AttributeValue, Attributes } from "../attributes.ts";
import type { LogRecord } from "../log-record.ts";
import type { MetricPoint } from "../metric-point.ts";
import type { SpanRecord } from "../span.ts";
import { splitScope } from "./group-records.ts";
import type { OtlpSignal, SignalRecords } from "./otlp-batch.ts";
import {
  groupPoints,
  outgoingGroups,
  severityText,
  spanKindNumber,
  spanStatusNumber,
  splitDropped,
  splitEventName,
  temporalityNumber,
} from "./outgoing.ts";
import { WireWriter } from "./wire-writer.ts";

type WriteRecords<S extends OtlpSignal> = (writer: WireWriter, records: readonly SignalRecords[S][]) => void;

const RECORDS: { readonly [S in OtlpSignal]: WriteRecords<S> } = {
  traces: (writer, spans) => {
    for (const span of spans) writer.message(2, () => writeSpan(writer, span));
  },
  logs: (writer, logs) => {
    for (const log of logs) writer.message(2, () => writeLog(writer, log));
  },
  metrics: (writer, points) => {
    for (const metric of groupPoints(points)) writer.message(2, () => writeMetric(writer, metric));
  },
};

/** The field numbers are those that `readProtobuf` and its parts name. */
export function writeProtobuf<S extends OtlpSignal>(signal: S, records: readonly SignalRecords[S][]): Uint8Array {
  const writer = new WireWriter();
  const write: WriteRecords<S> = RECORDS[signal];
  for (const { resource, scopes } of outgoingGroups<SignalRecords[S]>(records)) {
    writer.message(1, () => {
      if (resource !== undefined) writer.message(1, () => writeAttributes(writer, 1, resource));
      for (const { scope, records } of scopes) {
        writer.message(2, () => {
          if (scope !== undefined) writer.message(1, () => writeScope(writer, scope));
          write(writer, records);
        });
      }
    });
  }
  return writer.finish();
}

function writeScope(writer: WireWriter, scope: string): void {
  const { name, version } = splitScope(scope);
  writer.text(1, name);
  writer.text(2, version);
}

function writeSpan(writer: WireWriter, span: SpanRecord): void {
  const { attributes, dropped } = splitDropped(span.attributes);
  writer.hex(1, span.traceId);
  writer.hex(2, span.spanId);
  writer.text(3, span.traceState ?? "");
  if (span.parentSpanId !== undefined) writer.hex(4, span.parentSpanId);
  writer.text(5, span.name);
  writer.count(6, spanKindNumber(span));
  writer.timeUs(7, span.startUs);
  if (span.endUs !== undefined) writer.timeUs(8, span.endUs);
  writeAttributes(writer, 9, attributes);
  writer.count(10, dropped);
  for (const { atUs, name, attributes } of span.events ?? []) {
    writer.message(11, () => {
      writer.timeUs(1, atUs);
      writer.text(2, name);
      writeAttributes(writer, 3, attributes);
    });
  }
  for (const link of span.links ?? []) {
    writer.message(13, () => {
      writer.hex(1, link.traceId);
      writer.hex(2, link.spanId);
      writeAttributes(writer, 4, link.attributes ?? {});
    });
  }
  writer.message(15, () => {
    writer.text(2, span.statusMessage ?? "");
    writer.count(3, spanStatusNumber(span));
  });
}

function writeLog(writer: WireWriter, log: LogRecord): void {
  const { attributes: named, dropped } = splitDropped(log.attributes);
  const { attributes, eventName } = splitEventName(named);
  writer.timeUs(1, log.atUs);
  writer.count(2, log.severity);
  writer.text(3, severityText(log));
  writer.message(5, () => writer.textAlways(1, log.body));
  writeAttributes(writer, 6, attributes);
  writer.count(7, dropped);
  if (log.traceId !== undefined) writer.hex(9, log.traceId);
  if (log.spanId !== undefined) writer.hex(10, log.spanId);
  writer.timeUs(11, log.atUs);
  writer.text(12, eventName);
}

function writeMetric(writer: WireWriter, points: readonly MetricPoint[]): void {
  const [first] = points;
  if (first === undefined) return;
  writer.text(1, first.name);
  writer.text(2, first.description ?? "");
  writer.text(3, first.unit);
  writer.message(first.type === "gauge" ? 5 : first.type === "sum" ? 7 : 9, () => {
    for (const point of points) {
      writer.message(1, () =>
        point.type === "histogram" ? writeHistogramPoint(writer, point) : writeNumberPoint(writer, point),
      );
    }
    if (first.type !== "gauge") writer.count(2, temporalityNumber(first));
    if (first.type === "sum") writer.count(3, first.monotonic === true ? 1 : 0);
  });
}

function writeNumberPoint(writer: WireWriter, point: MetricPoint): void {
  if (point.startUs !== undefined) writer.timeUs(2, point.startUs);
  writer.timeUs(3, point.atUs);
  writer.double(4, point.value ?? 0);
  writeAttributes(writer, 7, point.attributes);
}

function writeHistogramPoint(writer: WireWriter, point: MetricPoint): void {
  if (point.startUs !== undefined) writer.timeUs(2, point.startUs);
  writer.timeUs(3, point.atUs);
  writer.fixed64(4, point.count ?? 0);
  if (point.sum !== undefined) writer.double(5, point.sum);
  writer.packedFixed64(6, point.counts ?? []);
  writer.packedDouble(7, point.bounds ?? []);
  writeAttributes(writer, 9, point.attributes);
}

function writeAttributes(writer: WireWriter, field: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) {
    writer.message(field, () => {
      writer.text(1, key);
      writer.message(2, () => writeValue(writer, value));
    });
  }
}

function writeValue(writer: WireWriter, value: AttributeValue): void {
  if (value === null) return;
  if (typeof value === "string") writer.textAlways(1, value);
  else if (typeof value === "boolean") writer.int64(2, value ? 1 : 0);
  else if (typeof value === "number") writeNumber(writer, value);
  else if (isList(value)) {
    writer.message(5, () => {
      for (const each of value) writer.message(1, () => writeValue(writer, each));
    });
  } else writer.message(6, () => writeAttributes(writer, 1, value));
}

function writeNumber(writer: WireWriter, value: number): void {
  if (Number.isSafeInteger(value)) writer.int64(3, value);
  else writer.double(4, value);
}

function isList(value: AttributeValue): value is readonly AttributeValue[] {
  return Array.isArray(value);
}
