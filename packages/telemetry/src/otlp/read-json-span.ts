import type { BatchCollector } from "./batch-collector.ts";
import {
  jsonCount,
  jsonEnum,
  jsonId,
  jsonList,
  jsonObject,
  jsonText,
  jsonTimeUs,
  readJsonAttributes,
} from "./json-values.ts";
import type { Json } from "./json-values.ts";
import { LIMITS } from "./limits.ts";
import { RawSpan } from "./raw-records.ts";
import type { Source } from "./raw-records.ts";
import { addLink } from "./read-protobuf-span.ts";
import { RecordBudget } from "./record-budget.ts";

const KINDS = ["UNSPECIFIED", "INTERNAL", "SERVER", "CLIENT", "PRODUCER", "CONSUMER"].map(
  (name) => `SPAN_KIND_${name}`,
);
const STATUSES = ["UNSET", "OK", "ERROR"].map((name) => `STATUS_CODE_${name}`);

export function readJsonSpan(span: Json, source: Source, into: BatchCollector<"traces">): void {
  const raw = new RawSpan();
  const budget = new RecordBudget();
  raw.traceId = jsonId(span["traceId"], 32);
  raw.spanId = jsonId(span["spanId"], 16);
  raw.parentSpanId = jsonId(span["parentSpanId"], 16);
  raw.traceState = budget.text(jsonText(span["traceState"]), LIMITS.nameLength);
  raw.name = budget.text(jsonText(span["name"]), LIMITS.nameLength);
  raw.kind = jsonEnum(span["kind"], KINDS);
  raw.startUs = jsonTimeUs(span["startTimeUnixNano"]);
  raw.endUs = jsonTimeUs(span["endTimeUnixNano"]);
  const status = jsonObject(span["status"]);
  raw.status = jsonEnum(status["code"], STATUSES);
  raw.statusMessage = budget.text(jsonText(status["message"]));
  raw.droppedBefore =
    jsonCount(span["droppedAttributesCount"]) +
    jsonCount(span["droppedEventsCount"]) +
    jsonCount(span["droppedLinksCount"]);
  const attributes = readJsonAttributes(span["attributes"], budget, LIMITS.attributes);
  for (const event of jsonList(span["events"])) readEvent(jsonObject(event), raw, budget);
  for (const link of jsonList(span["links"])) {
    const { traceId, spanId, attributes } = jsonObject(link);
    addLink(raw, budget, {
      traceId: jsonId(traceId, 32),
      spanId: jsonId(spanId, 16),
      attributes: readJsonAttributes(attributes, budget, LIMITS.nestedAttributes),
    });
  }
  into.add(raw.finish(source, attributes, budget), budget);
}

function readEvent(event: Json, raw: RawSpan, budget: RecordBudget): void {
  if (raw.events.length >= LIMITS.events) {
    budget.dropped += 1;
    return;
  }
  raw.events.push({
    name: budget.text(jsonText(event["name"]), LIMITS.nameLength),
    atUs: jsonTimeUs(event["timeUnixNano"]),
    attributes: readJsonAttributes(event["attributes"], budget, LIMITS.nestedAttributes).values,
  });
}
