import { levelOf } from "@berth/telemetry";
import type { Attributes, LogRecord } from "@berth/telemetry";
import type { LogFacet } from "./telemetry-store.ts";

const MAX_FACETS = 1_000;

export interface FacetCount {
  readonly value: string;
  readonly count: number;
}

const FACETS: Readonly<Record<LogFacet, (log: LogRecord) => string | undefined>> = {
  agent: ({ agent }) => agent,
  level: ({ severity }) => levelOf(severity),
  source: ({ source }) => source,
  instance: ({ instanceId }) => instanceId,
  service: ({ resource }) => serviceOf(resource),
};

export function facetOf(log: LogRecord, field: LogFacet): string | undefined {
  return FACETS[field](log);
}

/** What the sender calls itself, where that is text. */
export function serviceOf(resource: Attributes | undefined): string | undefined {
  const service = resource?.["service.name"];
  return typeof service === "string" ? service : undefined;
}

/** Counts by value, some values more than once, as a sorted list. */
export class FacetCounts {
  readonly #counts = new Map<string, number>();

  add(value: string | undefined | null, count = 1): void {
    if (value !== undefined && value !== null) this.#counts.set(value, (this.#counts.get(value) ?? 0) + count);
  }

  /** Most frequent first, the same frequency by value. */
  top(limit: number): readonly FacetCount[] {
    return [...this.#counts]
      .map(([value, count]) => ({ value, count }))
      .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, Math.min(limit, MAX_FACETS));
  }
}
