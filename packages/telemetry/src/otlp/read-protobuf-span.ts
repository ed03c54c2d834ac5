import type { Attributes } from "../attributes.ts";
import type { BatchCollector } from "./batch-collector.ts";
import { LIMITS } from "./limits.ts";
import { RawSpan } from "./raw-records.ts";
import type { Source } from "./raw-records.ts";
import { readKeyValue } from "./read-protobuf-value.ts";
import { AttributeBag, RecordBudget } from "./record-budget.ts";
import type { WireReader } from "./wire-reader.ts";
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from "./wire-reader.ts";

/**
 * Span: trace_id 1, span_id 2, trace_state 3, parent_span_id 4, name 5, kind 6, start 7, end 8, attributes 9, dropped 10, events 11,
 * dropped 12, links 13, dropped 14, status 15.
 */
export function readSpan(reader: WireReader, source: Source, into: BatchCollector<"traces">): void {
  const end = reader.end();
  const raw = new RawSpan();
  const budget = new RecordBudget();
  const attributes = new AttributeBag(budget, LIMITS.attributes);
  while (reader.next(end)) {
    if (reader.is(9, WIRE_BYTES)) readKeyValue(reader, attributes, budget);
    else if (reader.is(1, WIRE_BYTES)) raw.traceId = reader.id();
    else if (reader.is(2, WIRE_BYTES)) raw.spanId = reader.id();
    else if (reader.is(3, WIRE_BYTES)) raw.traceState = budget.text(reader.text(), LIMITS.nameLength);
    else if (reader.is(4, WIRE_BYTES)) raw.parentSpanId = reader.id();
    else if (reader.is(5, WIRE_BYTES)) raw.name = budget.text(reader.text(), LIMITS.nameLength);
    else if (reader.is(6, WIRE_VARINT)) raw.kind = reader.varint();
    else if (reader.is(7, WIRE_FIXED64)) raw.startUs = reader.fixed64Us();
    else if (reader.is(8, WIRE_FIXED64)) raw.endUs = reader.fixed64Us();
    else if (reader.is(11, WIRE_BYTES)) readEvent(reader, raw, budget);
    else if (reader.is(13, WIRE_BYTES)) readLink(reader, raw, budget);
    else if (reader.is(15, WIRE_BYTES)) readStatus(reader, raw, budget);
    else if (reader.wire === WIRE_VARINT && (reader.field === 10 || reader.field === 12 || reader.field === 14))
      raw.droppedBefore += reader.varint();
    else reader.skip();
  }
  into.add(raw.finish(source, attributes, budget), budget);
}

/** Event: time 1, name 2, attributes 3. */
function readEvent(reader: WireReader, raw: RawSpan, budget: RecordBudget): void {
  const end = reader.end();
  if (raw.events.length >= LIMITS.events) {
    budget.dropped += 1;
    reader.at = end;
    return;
  }
  const attributes = new AttributeBag(budget, LIMITS.nestedAttributes);
  let name = "";
  let atUs = 0;
  while (reader.next(end)) {
    if (reader.is(1, WIRE_FIXED64)) atUs = reader.fixed64Us();
    else if (reader.is(2, WIRE_BYTES)) name = budget.text(reader.text(), LIMITS.nameLength);
    else if (reader.is(3, WIRE_BYTES)) readKeyValue(reader, attributes, budget);
    else reader.skip();
  }
  raw.events.push({ name, atUs, attributes: attributes.values });
}

/** Link: trace_id 1, span_id 2, attributes 4. */
function readLink(reader: WireReader, raw: RawSpan, budget: RecordBudget): void {
  const end = reader.end();
  const attributes = new AttributeBag(budget, LIMITS.nestedAttributes);
  let traceId = "";
  let spanId = "";
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES)) traceId = reader.id();
    else if (reader.is(2, WIRE_BYTES)) spanId = reader.id();
    else if (reader.is(4, WIRE_BYTES)) readKeyValue(reader, attributes, budget);
    else reader.skip();
  }
  addLink(raw, budget, { traceId, spanId, attributes });
}

export function addLink(
  raw: RawSpan,
  budget: RecordBudget,
  link: { readonly traceId: string; readonly spanId: string; readonly attributes: AttributeBag },
): void {
  if (raw.links.length >= LIMITS.links || link.traceId.length !== 32 || link.spanId.length !== 16) {
    budget.dropped += 1;
    return;
  }
  const attributes: Attributes = link.attributes.values;
  raw.links.push({
    traceId: link.traceId,
    spanId: link.spanId,
    ...(link.attributes.size === 0 ? {} : { attributes }),
  });
}

/** Status: message 2, code 3. */
function readStatus(reader: WireReader, raw: RawSpan, budget: RecordBudget): void {
  const end = reader.end();
  while (reader.next(end)) {
    if (reader.is(2, WIRE_BYTES)) raw.statusMessage = budget.text(reader.text());
    else if (reader.is(3, WIRE_VARINT)) raw.status = reader.varint();
    else reader.skip();
  }
}
