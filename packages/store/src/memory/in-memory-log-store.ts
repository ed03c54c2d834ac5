import { matchesLog } from "@berth/telemetry";
import type { LogRecord, Query, StoredLog } from "@berth/telemetry";
import { logAsKept } from "../kept-telemetry.ts";
import { requireStorableText } from "../storable-text.ts";
import { LogBuckets } from "../telemetry-buckets.ts";
import { dayOf } from "../telemetry-days.ts";
import { FacetCounts, facetOf } from "../telemetry-facets.ts";
import type { FacetCount } from "../telemetry-facets.ts";
import { boundContext, boundTelemetryPage } from "../telemetry-page.ts";
import type { LogBucket, LogFacet, LogPage, LogRange, LogStore } from "../telemetry-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";
import { MAX_KEPT } from "./in-memory-telemetry-bounds.ts";

export class InMemoryLogStore implements LogStore {
  readonly #state: InMemoryState;
  readonly #now: () => Date;
  /** In the order of their ids. */
  #logs: { readonly orgId: string; readonly log: StoredLog }[] = [];
  #lastId = 0;

  constructor(state: InMemoryState, now: () => Date) {
    this.#state = state;
    this.#now = now;
  }

  async append(orgId: string, logs: readonly LogRecord[]): Promise<readonly number[]> {
    this.#state.assertOpen();
    requireStorableText({ orgId });
    const stored = logs.map(logAsKept).map((log) => {
      this.#lastId = Math.max(this.#lastId + 1, this.#now().getTime() * 1_000);
      return { orgId, log: { ...log, id: this.#lastId } };
    });
    this.#logs.push(...stored);
    if (this.#logs.length > MAX_KEPT) this.#logs = this.#logs.slice(-MAX_KEPT);
    return stored.map(({ log }) => log.id);
  }

  async search(orgId: string, query: Query, page: LogPage): Promise<readonly StoredLog[]> {
    const { beforeId = Number.POSITIVE_INFINITY, afterId = Number.NEGATIVE_INFINITY } = page;
    const found = this.#matching(orgId, query).filter(({ id }) => id < beforeId && id > afterId);
    const ordered = page.order === "oldest" ? found : found.toReversed();
    return ordered.slice(0, boundTelemetryPage(page.limit));
  }

  async context(
    orgId: string,
    id: number,
    around: { readonly before: number; readonly after: number },
  ): Promise<readonly StoredLog[]> {
    const all = this.#of(orgId);
    const line = all.find((log) => log.id === id);
    if (line === undefined) return [];
    const beside = all.filter(({ agent, instanceId }) => agent === line.agent && instanceId === line.instanceId);
    const place = beside.indexOf(line);
    const { before, after } = boundContext(around);
    return beside.slice(Math.max(place - before, 0), place + 1 + after);
  }

  async histogram(orgId: string, query: Query, range: LogRange): Promise<readonly LogBucket[]> {
    const buckets = new LogBuckets(range);
    for (const { atUs, severity } of this.#matching(orgId, query)) buckets.add(atUs, severity);
    return buckets.toBuckets();
  }

  async facet(orgId: string, query: Query, field: LogFacet, limit: number): Promise<readonly FacetCount[]> {
    const counts = new FacetCounts();
    for (const log of this.#matching(orgId, query)) counts.add(facetOf(log, field));
    return counts.top(limit);
  }

  eraseTask(orgId: string, taskId: string): number {
    this.#state.assertOpen();
    const before = this.#logs.length;
    this.#logs = this.#logs.filter((each) => each.orgId !== orgId || each.log.taskId !== taskId);
    return before - this.#logs.length;
  }

  /** Of one organization, or of all. */
  bytesOfDays(orgId?: string): ReadonlyMap<number, number> {
    const days = new Map<number, number>();
    for (const { orgId: owner, log } of this.#logs) {
      if (orgId !== undefined && owner !== orgId) continue;
      days.set(dayOf(log.id), (days.get(dayOf(log.id)) ?? 0) + JSON.stringify(log).length);
    }
    return days;
  }

  drop(days: ReadonlySet<number>): void {
    this.#logs = this.#logs.filter(({ log }) => !days.has(dayOf(log.id)));
  }

  #matching(orgId: string, query: Query): readonly StoredLog[] {
    return this.#of(orgId).filter((log) => matchesLog(query, log));
  }

  #of(orgId: string): readonly StoredLog[] {
    this.#state.assertOpen();
    return this.#logs.flatMap((each) => (each.orgId === orgId ? [each.log] : []));
  }
}
