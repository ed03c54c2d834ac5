import { destinationAsKept, exportError } from "../kept-exports.ts";
import type { ExportBatch, ExportDestination, ExportState, ExportStore, NewExportBatch } from "../telemetry-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";

interface Waiting {
  readonly destinationId: string;
  readonly batch: ExportBatch;
  readonly dueAt: Date;
}

interface Counters {
  readonly sent: number;
  readonly dropped: number;
  readonly lastError?: string;
  readonly lastSentAt?: string;
}

export class InMemoryExportStore implements ExportStore {
  readonly #state: InMemoryState;
  readonly #now: () => Date;
  readonly #destinations = new Map<string, ExportDestination>();
  readonly #counters = new Map<string, Counters>();
  /** In order of arrival. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(state: InMemoryState, now: () => Date) {
    this.#state = state;
    this.#now = now;
  }

  async put(destination: ExportDestination): Promise<void> {
    this.#state.assertOpen();
    const kept = destinationAsKept(destination);
    const other = this.#destinations.get(kept.destinationId);
    if (other === undefined || other.orgId === kept.orgId) this.#destinations.set(kept.destinationId, kept);
  }

  async get(orgId: string, destinationId: string): Promise<ExportDestination | undefined> {
    this.#state.assertOpen();
    const found = this.#destinations.get(destinationId);
    return found?.orgId === orgId ? found : undefined;
  }

  async list(orgId: string): Promise<readonly ExportDestination[]> {
    return (await this.all()).filter((each) => each.orgId === orgId);
  }

  async all(): Promise<readonly ExportDestination[]> {
    this.#state.assertOpen();
    return [...this.#destinations.values()].toSorted((a, b) => (a.destinationId < b.destinationId ? -1 : 1));
  }

  async remove(orgId: string, destinationId: string): Promise<boolean> {
    if ((await this.get(orgId, destinationId)) === undefined) return false;
    this.#counters.delete(destinationId);
    for (const { batch } of this.#of(destinationId)) this.#waiting.delete(batch.batchId);
    return this.#destinations.delete(destinationId);
  }

  async enqueue(destinationId: string, batch: NewExportBatch, maxBytes: number): Promise<void> {
    this.#state.assertOpen();
    if (!this.#destinations.has(destinationId) || this.#waiting.has(batch.batchId)) return;
    const body = new Uint8Array(batch.body);
    this.#waiting.set(batch.batchId, { destinationId, batch: { ...batch, body, attempts: 0 }, dueAt: batch.at });
    let bytes = bytesOf(this.#of(destinationId));
    for (const { batch: oldest } of this.#of(destinationId)) {
      if (bytes <= maxBytes) break;
      bytes -= oldest.body.length;
      this.#waiting.delete(oldest.batchId);
      this.#count(destinationId, { dropped: oldest.items });
    }
  }

  async take(destinationId: string, now: Date, leaseUntil: Date): Promise<ExportBatch | undefined> {
    this.#state.assertOpen();
    const heads = new Map<string, Waiting>();
    for (const waiting of this.#of(destinationId)) {
      if (!heads.has(waiting.batch.signal)) heads.set(waiting.batch.signal, waiting);
    }
    const due = [...heads.values()].find(({ dueAt }) => dueAt <= now);
    if (due === undefined) return undefined;
    const batch = { ...due.batch, attempts: due.batch.attempts + 1 };
    this.#waiting.set(batch.batchId, { destinationId, batch, dueAt: leaseUntil });
    return batch;
  }

  async settle(batchId: string, outcome: Parameters<ExportStore["settle"]>[1]): Promise<void> {
    this.#state.assertOpen();
    const waiting = this.#waiting.get(batchId);
    if (waiting === undefined) return;
    const { destinationId, batch } = waiting;
    if (outcome.type === "retry") this.#waiting.set(batchId, { ...waiting, dueAt: outcome.at });
    else this.#waiting.delete(batchId);
    this.#count(destinationId, {
      sent: outcome.type === "sent" ? batch.items : 0,
      dropped: outcome.type === "dropped" ? batch.items : 0,
      ...(outcome.type === "sent" ? { sentAt: this.#now().toISOString() } : { error: outcome.error }),
    });
  }

  async state(destinationId: string): Promise<ExportState> {
    this.#state.assertOpen();
    const waiting = this.#of(destinationId);
    const [oldest] = waiting;
    return {
      waiting: waiting.length,
      waitingBytes: bytesOf(waiting),
      ...(this.#counters.get(destinationId) ?? { sent: 0, dropped: 0 }),
      ...(oldest === undefined ? {} : { oldestAt: oldest.batch.at.toISOString() }),
    };
  }

  #of(destinationId: string): readonly Waiting[] {
    return [...this.#waiting.values()].filter((each) => each.destinationId === destinationId);
  }

  #count(
    destinationId: string,
    change: { readonly sent?: number; readonly dropped?: number; readonly error?: string; readonly sentAt?: string },
  ): void {
    const before = this.#counters.get(destinationId) ?? { sent: 0, dropped: 0 };
    this.#counters.set(destinationId, {
      ...before,
      sent: before.sent + (change.sent ?? 0),
      dropped: before.dropped + (change.dropped ?? 0),
      ...(change.error === undefined ? {} : { lastError: exportError(change.error) }),
      ...(change.sentAt === undefined ? {} : { lastSentAt: change.sentAt }),
    });
  }
}

function bytesOf(waiting: readonly Waiting[]): number {
  return waiting.reduce((sum, { batch }) => sum + batch.body.length, 0);
}
