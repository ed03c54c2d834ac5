import type { Attributes } from "../attributes.ts";
import { BatchCollector } from "./batch-collector.ts";
import type { BatchOf, OtlpSignal } from "./otlp-batch.ts";
import type { Source } from "./raw-records.ts";
import { readLog } from "./read-protobuf-log.ts";
import { readMetric } from "./read-protobuf-metric.ts";
import { readSpan } from "./read-protobuf-span.ts";
import { readResource, readScope } from "./read-protobuf-value.ts";
import { WIRE_BYTES, WireReader } from "./wire-reader.ts";

/** Reads one record (or one metric's points) that begins at the reader's place. */
type ReadRecord<S extends OtlpSignal> = (
  reader: WireReader,
  source: Source,
  into: BatchCollector<S>,
  receivedUs: number,
) => void;

const RECORDS: { readonly [S in OtlpSignal]: ReadRecord<S> } = { traces: readSpan, logs: readLog, metrics: readMetric };

/** Export{Trace,Logs,Metrics}ServiceRequest, which have the same frame: resources 1, each with resource 1 and scopes 2, each with scope 1 and records 2. */
export function readProtobuf<S extends OtlpSignal>(signal: S, bytes: Uint8Array, receivedUs: number): BatchOf<S> {
  const reader = new WireReader(bytes);
  const into = new BatchCollector(signal);
  const read: ReadRecord<S> = RECORDS[signal];
  while (reader.next(reader.length)) {
    if (reader.is(1, WIRE_BYTES)) readOfResource(reader, (source) => read(reader, source, into, receivedUs), into);
    else reader.skip();
  }
  return into.batch();
}

function readOfResource<S extends OtlpSignal>(
  reader: WireReader,
  readRecord: (source: Source) => void,
  into: BatchCollector<S>,
): void {
  let resource: Attributes | undefined;
  // Nothing says that the resource comes first.
  const scopes = placesOf(reader, reader.end(), 2, () => {
    const read = readResource(reader);
    resource = read.attributes;
    into.addDropped(read.dropped);
  });
  for (const place of scopes.places) {
    reader.at = place;
    let scope: string | undefined;
    const records = placesOf(reader, reader.end(), 2, () => {
      scope = readScope(reader);
    });
    const source = { resource, scope };
    for (const record of records.places) {
      reader.at = record;
      readRecord(source);
    }
  }
  reader.at = scopes.end;
}

/** Where the messages of field `number` begin; field 1 is read on the way. */
function placesOf(
  reader: WireReader,
  end: number,
  number: number,
  readFirst: () => void,
): { readonly places: readonly number[]; readonly end: number } {
  const places: number[] = [];
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES)) {
      readFirst();
      continue;
    }
    if (reader.is(number, WIRE_BYTES)) places.push(reader.at);
    reader.skip();
  }
  return { places, end };
}
