import type { BatchCollector } from "./batch-collector.ts";
import { toExplicitBuckets } from "./exponential-buckets.ts";
import type { ExponentialBuckets } from "./exponential-buckets.ts";
import {
  jsonCount,
  jsonEnum,
  jsonList,
  jsonNumber,
  jsonObject,
  jsonText,
  jsonTimeUs,
  readJsonAttributes,
} from "./json-values.ts";
import type { Json } from "./json-values.ts";
import { LIMITS } from "./limits.ts";
import { RawMetric, RawPoint } from "./raw-records.ts";
import type { Source } from "./raw-records.ts";
import { NO_EXPONENTIAL, NO_SUMMARIES } from "./read-protobuf-metric.ts";
import { RecordBudget } from "./record-budget.ts";

const TEMPORALITIES = ["UNSPECIFIED", "DELTA", "CUMULATIVE"].map((name) => `AGGREGATION_TEMPORALITY_${name}`);

type FillPoint = (point: RawPoint, json: Json) => string | undefined;

const TYPES: readonly (readonly [string, RawMetric["type"], FillPoint])[] = [
  ["gauge", "gauge", fillNumber],
  ["sum", "sum", fillNumber],
  ["histogram", "histogram", fillHistogram],
  ["exponentialHistogram", "histogram", fillExponential],
];

export function readJsonMetric(json: Json, source: Source, into: BatchCollector<"metrics">, receivedUs: number): void {
  const metric = new RawMetric();
  const ofMetric = new RecordBudget();
  metric.name = ofMetric.text(jsonText(json["name"]), LIMITS.nameLength);
  metric.description = ofMetric.text(jsonText(json["description"]), LIMITS.nameLength);
  metric.unit = ofMetric.text(jsonText(json["unit"]), LIMITS.nameLength);
  const [key, type, fill] = TYPES.find(([key]) => json[key] !== undefined) ?? [];
  if (key === undefined || type === undefined || fill === undefined) {
    const summaries = jsonList(jsonObject(json["summary"])["dataPoints"]);
    if (json["summary"] === undefined) into.reject("A metric has no points.");
    else into.reject(NO_SUMMARIES, summaries.length);
    return;
  }
  const data = jsonObject(json[key]);
  metric.type = type;
  metric.temporality = jsonEnum(data["aggregationTemporality"], TEMPORALITIES);
  metric.monotonic = data["isMonotonic"] === true;
  for (const each of jsonList(data["dataPoints"])) {
    const fields = jsonObject(each);
    const point = new RawPoint();
    const budget = new RecordBudget();
    point.startUs = jsonTimeUs(fields["startTimeUnixNano"]);
    point.atUs = jsonTimeUs(fields["timeUnixNano"]);
    point.flags = jsonCount(fields["flags"]);
    const attributes = readJsonAttributes(fields["attributes"], budget, LIMITS.attributes);
    const read = fill(point, fields) ?? point.finish(metric, source, attributes, receivedUs);
    if (read !== undefined) into.add(read, budget);
  }
}

function fillNumber(point: RawPoint, json: Json): undefined {
  point.value = jsonNumber(json["asDouble"]) ?? jsonNumber(json["asInt"]);
}

function fillHistogram(point: RawPoint, json: Json): undefined {
  point.count = jsonCount(json["count"]);
  point.sum = jsonNumber(json["sum"]);
  point.counts = counts(json["bucketCounts"]);
  point.bounds = jsonList(json["explicitBounds"])
    .slice(0, LIMITS.buckets)
    .map((bound) => jsonNumber(bound) ?? Number.NaN);
}

function fillExponential(point: RawPoint, json: Json): string | undefined {
  point.count = jsonCount(json["count"]);
  point.sum = jsonNumber(json["sum"]);
  const explicit = toExplicitBuckets(
    jsonNumber(json["scale"]) ?? 0,
    jsonCount(json["zeroCount"]),
    buckets(json["positive"]),
    buckets(json["negative"]),
  );
  if (explicit === undefined) return NO_EXPONENTIAL;
  point.bounds = explicit.bounds;
  point.counts = explicit.counts;
  return undefined;
}

function buckets(value: unknown): ExponentialBuckets {
  const { offset, bucketCounts } = jsonObject(value);
  return { offset: jsonNumber(offset) ?? 0, counts: counts(bucketCounts) };
}

/** One more than is allowed is kept, so that it is seen. */
function counts(value: unknown): readonly number[] {
  return jsonList(value)
    .slice(0, LIMITS.buckets + 1)
    .map(jsonCount);
}
