import type { Principal } from "@berth/protocol";
import type { Query } from "@berth/telemetry";
import type { StoredLog, SpanRecord } from "@berth/telemetry";

/** What a credential for some agents may see of what was found, and ask for. Others see all of their organization. */
export function isSeen({ agents }: Principal, record: { readonly agent?: string }): boolean {
  return agents === undefined || (record.agent !== undefined && agents.includes(record.agent));
}

export function seenOf<T extends SpanRecord | StoredLog>(principal: Principal, records: readonly T[]): readonly T[] {
  return principal.agents === undefined ? records : records.filter((record) => isSeen(principal, record));
}

/** The query, about those agents only. */
export function queryFor({ agents }: Principal, query: Query): Query {
  if (agents === undefined) return query;
  const ours = { type: "field", negated: false, field: "agent", op: ":", values: agents } as const;
  return { ...query, terms: [...query.terms, ours] };
}
