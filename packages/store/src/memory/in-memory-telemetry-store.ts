import { daysToDrop } from "../telemetry-days.ts";
import type { TelemetryBytes, TelemetryStore } from "../telemetry-store.ts";
import { InMemoryExportStore } from "./in-memory-export-store.ts";
import { InMemoryLogStore } from "./in-memory-log-store.ts";
import { InMemoryMetricStore } from "./in-memory-metric-store.ts";
import { InMemorySpanStore } from "./in-memory-span-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryTelemetryStore implements TelemetryStore {
  readonly spans: InMemorySpanStore;
  readonly logs: InMemoryLogStore;
  readonly metrics: InMemoryMetricStore;
  readonly exports: InMemoryExportStore;

  constructor(state: InMemoryState, now: () => Date) {
    this.spans = new InMemorySpanStore(state);
    this.logs = new InMemoryLogStore(state, now);
    this.metrics = new InMemoryMetricStore(state, now);
    this.exports = new InMemoryExportStore(state, now);
  }

  async prune(limits: Parameters<TelemetryStore["prune"]>[0]): Promise<{ readonly days: number }> {
    const bytesOfDay = new Map<number, number>();
    for (const kind of [this.spans, this.logs, this.metrics]) {
      for (const [day, bytes] of kind.bytesOfDays()) bytesOfDay.set(day, (bytesOfDay.get(day) ?? 0) + bytes);
    }
    const dropped = new Set(daysToDrop(bytesOfDay, limits));
    for (const kind of [this.spans, this.logs, this.metrics]) kind.drop(dropped);
    return { days: dropped.size };
  }

  async usage(orgId: string): Promise<TelemetryBytes> {
    const [spanBytes = 0, logBytes = 0, metricBytes = 0] = [this.spans, this.logs, this.metrics].map((kind) =>
      [...kind.bytesOfDays(orgId).values()].reduce((sum, each) => sum + each, 0),
    );
    return { spanBytes, logBytes, metricBytes };
  }

  async eraseTask(orgId: string, taskId: string): Promise<{ readonly spans: number; readonly logs: number }> {
    return { spans: this.spans.eraseTask(orgId, taskId), logs: this.logs.eraseTask(orgId, taskId) };
  }
}
