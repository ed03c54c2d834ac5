import { BatchCollector } from "./batch-collector.ts";
import { jsonList, jsonObject, jsonText, readJsonAttributes } from "./json-values.ts";
import type { Json } from "./json-values.ts";
import { LIMITS } from "./limits.ts";
import type { BatchOf, OtlpSignal } from "./otlp-batch.ts";
import type { Source } from "./raw-records.ts";
import { readJsonLog } from "./read-json-log.ts";
import { readJsonMetric } from "./read-json-metric.ts";
import { readJsonSpan } from "./read-json-span.ts";
import { scopeName } from "./read-protobuf-value.ts";
import { RecordBudget } from "./record-budget.ts";
import { malformed } from "./wire-reader.ts";

type ReadRecord<S extends OtlpSignal> = (
  record: Json,
  source: Source,
  into: BatchCollector<S>,
  receivedUs: number,
) => void;

interface Frame<S extends OtlpSignal> {
  readonly resources: string;
  readonly scopes: string;
  readonly records: string;
  readonly read: ReadRecord<S>;
}

const FRAMES: { readonly [S in OtlpSignal]: Frame<S> } = {
  traces: { resources: "resourceSpans", scopes: "scopeSpans", records: "spans", read: readJsonSpan },
  logs: { resources: "resourceLogs", scopes: "scopeLogs", records: "logRecords", read: readJsonLog },
  metrics: { resources: "resourceMetrics", scopes: "scopeMetrics", records: "metrics", read: readJsonMetric },
};

export function readJson<S extends OtlpSignal>(signal: S, bytes: Uint8Array, receivedUs: number): BatchOf<S> {
  const into = new BatchCollector(signal);
  const frame: Frame<S> = FRAMES[signal];
  for (const each of jsonList(parse(bytes)[frame.resources])) {
    const ofResource = jsonObject(each);
    const budget = new RecordBudget();
    const resource = readJsonAttributes(jsonObject(ofResource["resource"])["attributes"], budget, LIMITS.attributes);
    into.addDropped(budget.dropped);
    for (const scoped of jsonList(ofResource[frame.scopes])) {
      const ofScope = jsonObject(scoped);
      const scope = jsonObject(ofScope["scope"]);
      const source = {
        resource: ofResource["resource"] === undefined ? undefined : resource.values,
        scope: scopeName(jsonText(scope["name"]), jsonText(scope["version"])),
      };
      for (const record of jsonList(ofScope[frame.records])) frame.read(jsonObject(record), source, into, receivedUs);
    }
  }
  return into.batch();
}

function parse(bytes: Uint8Array): Json {
  if (bytes.length === 0) return {};
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    throw malformed("it is not valid JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw malformed("it is not a JSON object");
  return jsonObject(value);
}
