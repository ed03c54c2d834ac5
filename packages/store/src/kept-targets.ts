import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";
import type { PlacementRecord, TargetRecord } from "./target-store.ts";

export const MAX_LISTED_TARGETS = 1_000;

/** As every driver keeps it: checked keys, one spelling of time, no tie to the caller's objects. */
export function targetAsKept(target: TargetRecord): TargetRecord {
  const { orgId, name, kind, createdBy } = target;
  requireStorableText({ orgId, name, kind, createdBy });
  const times = { createdAt: toInstant(target.createdAt), updatedAt: toInstant(target.updatedAt) };
  // Records are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(JSON.stringify({ ...target, ...times })) as TargetRecord;
}

export function placementAsKept(placement: PlacementRecord): PlacementRecord {
  const { orgId, agentId, releaseId, target } = placement;
  requireStorableText({ orgId, agentId, releaseId, target });
  // As above.
  return JSON.parse(JSON.stringify({ ...placement, createdAt: toInstant(placement.createdAt) })) as PlacementRecord;
}
