import type { MetricPoint } from "@berth/telemetry";
import { pointAsKept } from "../kept-telemetry.ts";
import { requireStorableText } from "../storable-text.ts";
import { keyOf } from "../task-book.ts";
import { DAY_US, dayOf } from "../telemetry-days.ts";
import { MAX_POINTS, boundTelemetryPage } from "../telemetry-page.ts";
import type { MetricName, MetricStore } from "../telemetry-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";
import { MAX_KEPT } from "./in-memory-telemetry-bounds.ts";

export class InMemoryMetricStore implements MetricStore {
  readonly #state: InMemoryState;
  readonly #now: () => Date;
  #points: { readonly orgId: string; readonly point: MetricPoint }[] = [];

  constructor(state: InMemoryState, now: () => Date) {
    this.#state = state;
    this.#now = now;
  }

  async append(orgId: string, points: readonly MetricPoint[]): Promise<void> {
    this.#state.assertOpen();
    requireStorableText({ orgId });
    this.#points.push(...points.map((point) => ({ orgId, point: pointAsKept(point) })));
    if (this.#points.length > MAX_KEPT) this.#points = this.#points.slice(-MAX_KEPT);
  }

  async names(orgId: string): Promise<readonly MetricName[]> {
    const sinceUs = this.#now().getTime() * 1_000 - DAY_US;
    const names = new Map<string, MetricName>();
    for (const { name, unit, type, agent, atUs } of this.#of(orgId)) {
      if (atUs < sinceUs) continue;
      names.set(keyOf(name, agent ?? "", unit, type), { name, unit, type, ...(agent === undefined ? {} : { agent }) });
    }
    return [...names].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  }

  async points(orgId: string, filter: Parameters<MetricStore["points"]>[1]): Promise<readonly MetricPoint[]> {
    const { name, agent, fromUs, toUs, limit } = filter;
    return this.#of(orgId)
      .filter((point) => point.name === name && (agent === undefined || point.agent === agent))
      .filter(({ atUs }) => atUs >= fromUs && atUs < toUs)
      .toSorted((a, b) => a.atUs - b.atUs)
      .slice(0, boundTelemetryPage(limit, MAX_POINTS));
  }

  /** Of one organization, or of all. */
  bytesOfDays(orgId?: string): ReadonlyMap<number, number> {
    const days = new Map<number, number>();
    for (const { orgId: owner, point } of this.#points) {
      if (orgId !== undefined && owner !== orgId) continue;
      const day = dayOf(point.atUs);
      days.set(day, (days.get(day) ?? 0) + JSON.stringify(point).length);
    }
    return days;
  }

  drop(days: ReadonlySet<number>): void {
    this.#points = this.#points.filter(({ point }) => !days.has(dayOf(point.atUs)));
  }

  #of(orgId: string): readonly MetricPoint[] {
    this.#state.assertOpen();
    return this.#points.flatMap((each) => (each.orgId === orgId ? [each.point] : []));
  }
}
