import type { BatchCollector } from "./batch-collector.ts";
import { LIMITS } from "./limits.ts";
import { RawLog } from "./raw-records.ts";
import type { Source } from "./raw-records.ts";
import { readAnyValue, readKeyValue } from "./read-protobuf-value.ts";
import { AttributeBag, RecordBudget } from "./record-budget.ts";
import type { WireReader } from "./wire-reader.ts";
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from "./wire-reader.ts";

/**
 * LogRecord: time 1, severity_number 2, severity_text 3, body 5, attributes 6, dropped 7, trace_id 9, span_id 10, observed 11,
 * event_name 12.
 */
export function readLog(reader: WireReader, source: Source, into: BatchCollector<"logs">, receivedUs: number): void {
  const end = reader.end();
  const raw = new RawLog();
  const budget = new RecordBudget();
  const attributes = new AttributeBag(budget, LIMITS.attributes);
  while (reader.next(end)) {
    if (reader.is(6, WIRE_BYTES)) readKeyValue(reader, attributes, budget);
    else if (reader.is(1, WIRE_FIXED64)) raw.atUs = reader.fixed64Us();
    else if (reader.is(2, WIRE_VARINT)) raw.severity = reader.varint();
    else if (reader.is(3, WIRE_BYTES)) raw.severityText = reader.text();
    else if (reader.is(5, WIRE_BYTES)) raw.body = readAnyValue(reader, budget);
    else if (reader.is(7, WIRE_VARINT)) raw.droppedBefore += reader.varint();
    else if (reader.is(9, WIRE_BYTES)) raw.traceId = reader.id();
    else if (reader.is(10, WIRE_BYTES)) raw.spanId = reader.id();
    else if (reader.is(11, WIRE_FIXED64)) raw.observedUs = reader.fixed64Us();
    else if (reader.is(12, WIRE_BYTES)) raw.eventName = budget.text(reader.text(), LIMITS.nameLength);
    else reader.skip();
  }
  into.add(raw.finish(source, attributes, budget, receivedUs), budget);
}
