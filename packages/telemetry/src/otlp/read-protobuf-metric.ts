import type { BatchCollector } from "./batch-collector.ts";
import { toExplicitBuckets } from "./exponential-buckets.ts";
import type { ExponentialBuckets } from "./exponential-buckets.ts";
import { LIMITS } from "./limits.ts";
import { RawMetric, RawPoint } from "./raw-records.ts";
import type { Source } from "./raw-records.ts";
import { readKeyValue } from "./read-protobuf-value.ts";
import { AttributeBag, RecordBudget } from "./record-budget.ts";
import type { WireReader } from "./wire-reader.ts";
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT } from "./wire-reader.ts";

export const NO_SUMMARIES = "Summaries are not kept: their quantiles cannot be added up. Send a histogram.";
export const NO_EXPONENTIAL = "An exponential histogram has too many buckets, or bounds that no number can hold.";

/** Metric: name 1, description 2, unit 3, gauge 5, sum 7, histogram 9, exponential_histogram 10, summary 11. */
export function readMetric(
  reader: WireReader,
  source: Source,
  into: BatchCollector<"metrics">,
  receivedUs: number,
): void {
  const end = reader.end();
  const metric = new RawMetric();
  const budget = new RecordBudget();
  let data: { readonly at: number; readonly field: number } | undefined;
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES)) metric.name = budget.text(reader.text(), LIMITS.nameLength);
    else if (reader.is(2, WIRE_BYTES)) metric.description = budget.text(reader.text(), LIMITS.nameLength);
    else if (reader.is(3, WIRE_BYTES)) metric.unit = budget.text(reader.text(), LIMITS.nameLength);
    else {
      // One of them; its points want the name, which may come behind it.
      if (reader.wire === WIRE_BYTES && reader.field >= 5 && reader.field <= 11)
        data = { at: reader.at, field: reader.field };
      reader.skip();
    }
  }
  if (data === undefined) {
    into.add("A metric has no points.", budget);
    return;
  }
  reader.at = data.at;
  readData(reader, { metric, field: data.field, source, into, receivedUs });
  reader.at = end;
}

interface Data {
  readonly metric: RawMetric;
  readonly field: number;
  readonly source: Source;
  readonly into: BatchCollector<"metrics">;
  readonly receivedUs: number;
}

/** Gauge, Sum, Histogram, ExponentialHistogram, Summary: data_points 1, aggregation_temporality 2, is_monotonic 3. */
function readData(reader: WireReader, { metric, field, source, into, receivedUs }: Data): void {
  const end = reader.end();
  const places: number[] = [];
  metric.type = field === 5 ? "gauge" : field === 7 ? "sum" : "histogram";
  while (reader.next(end)) {
    if (reader.is(2, WIRE_VARINT)) metric.temporality = reader.varint();
    else if (reader.is(3, WIRE_VARINT)) metric.monotonic = reader.varint() !== 0;
    else {
      if (reader.is(1, WIRE_BYTES)) places.push(reader.at);
      reader.skip();
    }
  }
  const readPoint = POINTS.get(field);
  if (readPoint === undefined) {
    into.reject(field === 11 ? NO_SUMMARIES : "A metric is of a type that is not known.", places.length);
    return;
  }
  for (const place of places) {
    reader.at = place;
    const point = new RawPoint();
    const budget = new RecordBudget();
    const attributes = new AttributeBag(budget, LIMITS.attributes);
    const problem = readPoint(reader, point, attributes, budget);
    const read = problem ?? point.finish(metric, source, attributes, receivedUs);
    if (read !== undefined) into.add(read, budget);
  }
}

type ReadPoint = (
  reader: WireReader,
  point: RawPoint,
  attributes: AttributeBag,
  budget: RecordBudget,
) => string | undefined;

const POINTS: ReadonlyMap<number, ReadPoint> = new Map([
  [5, readNumberPoint],
  [7, readNumberPoint],
  [9, readHistogramPoint],
  [10, readExponentialPoint],
]);

/** NumberDataPoint: start 2, time 3, as_double 4, as_int 6, attributes 7, flags 8. */
function readNumberPoint(
  reader: WireReader,
  point: RawPoint,
  attributes: AttributeBag,
  budget: RecordBudget,
): undefined {
  const end = reader.end();
  while (reader.next(end)) {
    if (reader.is(4, WIRE_FIXED64)) point.value = reader.double();
    else if (reader.is(6, WIRE_FIXED64)) point.value = reader.sfixed64();
    else if (reader.is(7, WIRE_BYTES)) readKeyValue(reader, attributes, budget);
    else if (reader.is(8, WIRE_VARINT)) point.flags = reader.varint();
    else readTimes(reader, point);
  }
}

/** HistogramDataPoint: start 2, time 3, count 4, sum 5, bucket_counts 6, explicit_bounds 7, attributes 9, flags 10. */
function readHistogramPoint(
  reader: WireReader,
  point: RawPoint,
  attributes: AttributeBag,
  budget: RecordBudget,
): undefined {
  const end = reader.end();
  const counts: number[] = [];
  const bounds: number[] = [];
  while (reader.next(end)) {
    if (reader.is(4, WIRE_FIXED64)) point.count = reader.fixed64();
    else if (reader.is(5, WIRE_FIXED64)) point.sum = reader.double();
    else if (reader.field === 6) readRepeated(reader, counts, WIRE_FIXED64, () => reader.fixed64());
    else if (reader.field === 7) readRepeated(reader, bounds, WIRE_FIXED64, () => reader.double());
    else if (reader.is(9, WIRE_BYTES)) readKeyValue(reader, attributes, budget);
    else if (reader.is(10, WIRE_VARINT)) point.flags = reader.varint();
    else readTimes(reader, point);
  }
  point.counts = counts;
  point.bounds = bounds;
}

/** ExponentialHistogramDataPoint: attributes 1, start 2, time 3, count 4, sum 5, scale 6, zero_count 7, positive 8, negative 9, flags 10. */
function readExponentialPoint(
  reader: WireReader,
  point: RawPoint,
  attributes: AttributeBag,
  budget: RecordBudget,
): string | undefined {
  const end = reader.end();
  let scale = 0;
  let zeroCount = 0;
  let positive: ExponentialBuckets = { offset: 0, counts: [] };
  let negative: ExponentialBuckets = positive;
  while (reader.next(end)) {
    if (reader.is(1, WIRE_BYTES)) readKeyValue(reader, attributes, budget);
    else if (reader.is(4, WIRE_FIXED64)) point.count = reader.fixed64();
    else if (reader.is(5, WIRE_FIXED64)) point.sum = reader.double();
    else if (reader.is(6, WIRE_VARINT)) scale = reader.sint32();
    else if (reader.is(7, WIRE_FIXED64)) zeroCount = reader.fixed64();
    else if (reader.is(8, WIRE_BYTES)) positive = readBuckets(reader);
    else if (reader.is(9, WIRE_BYTES)) negative = readBuckets(reader);
    else if (reader.is(10, WIRE_VARINT)) point.flags = reader.varint();
    else readTimes(reader, point);
  }
  const explicit = toExplicitBuckets(scale, zeroCount, positive, negative);
  if (explicit === undefined) return NO_EXPONENTIAL;
  point.bounds = explicit.bounds;
  point.counts = explicit.counts;
  return undefined;
}

/** Buckets: offset 1, bucket_counts 2. */
function readBuckets(reader: WireReader): ExponentialBuckets {
  const end = reader.end();
  const counts: number[] = [];
  let offset = 0;
  while (reader.next(end)) {
    if (reader.is(1, WIRE_VARINT)) offset = reader.sint32();
    else if (reader.field === 2) readRepeated(reader, counts, WIRE_VARINT, () => reader.varint());
    else reader.skip();
  }
  return { offset, counts };
}

function readTimes(reader: WireReader, point: RawPoint): void {
  if (reader.is(2, WIRE_FIXED64)) point.startUs = reader.fixed64Us();
  else if (reader.is(3, WIRE_FIXED64)) point.atUs = reader.fixed64Us();
  else reader.skip();
}

/** Packed or one by one, as every reader must take both. One more than is allowed is kept, so that it is seen. */
function readRepeated(reader: WireReader, into: number[], wire: number, read: () => number): void {
  if (reader.wire === wire) {
    const value = read();
    if (into.length <= LIMITS.buckets) into.push(value);
    return;
  }
  if (reader.wire !== WIRE_BYTES) {
    reader.skip();
    return;
  }
  const end = reader.end();
  while (reader.at < end) {
    const value = read();
    if (into.length <= LIMITS.buckets) into.push(value);
  }
}
