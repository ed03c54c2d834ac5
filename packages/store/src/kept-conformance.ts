import type { ConformanceRecord } from "./conformance-store.ts";
import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";

/** As every driver keeps it: checked keys, one spelling of time, no tie to the caller's objects. */
export function conformanceAsKept(record: ConformanceRecord): ConformanceRecord {
  const { orgId, agentId, releaseId, by } = record;
  requireStorableText({ orgId, agentId, releaseId, by });
  // Records are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(JSON.stringify({ ...record, at: toInstant(record.at) })) as ConformanceRecord;
}
