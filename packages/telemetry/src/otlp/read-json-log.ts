import type { BatchCollector } from "./batch-collector.ts";
import { jsonCount, jsonEnum, jsonId, jsonText, jsonTimeUs, readJsonAttributes, readJsonValue } from "./json-values.ts";
import type { Json } from "./json-values.ts";
import { LIMITS } from "./limits.ts";
import { RawLog } from "./raw-records.ts";
import type { Source } from "./raw-records.ts";
import { RecordBudget } from "./record-budget.ts";

/** By SeverityNumber: SEVERITY_NUMBER_TRACE, SEVERITY_NUMBER_TRACE2, … */
const SEVERITIES = [
  "SEVERITY_NUMBER_UNSPECIFIED",
  ...["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"].flatMap((level) =>
    ["", "2", "3", "4"].map((step) => `SEVERITY_NUMBER_${level}${step}`),
  ),
];

export function readJsonLog(log: Json, source: Source, into: BatchCollector<"logs">, receivedUs: number): void {
  const raw = new RawLog();
  const budget = new RecordBudget();
  raw.atUs = jsonTimeUs(log["timeUnixNano"]);
  raw.observedUs = jsonTimeUs(log["observedTimeUnixNano"]);
  raw.severity = jsonEnum(log["severityNumber"], SEVERITIES);
  raw.severityText = jsonText(log["severityText"]);
  raw.body = log["body"] === undefined ? undefined : readJsonValue(log["body"], budget);
  raw.traceId = jsonId(log["traceId"], 32);
  raw.spanId = jsonId(log["spanId"], 16);
  raw.eventName = budget.text(jsonText(log["eventName"]), LIMITS.nameLength);
  raw.droppedBefore = jsonCount(log["droppedAttributesCount"]);
  const attributes = readJsonAttributes(log["attributes"], budget, LIMITS.attributes);
  into.add(raw.finish(source, attributes, budget, receivedUs), budget);
}
