import { boundPageSize, decodePageToken, encodePageToken, isTextPart } from "../page-token.ts";
import { pushConfigAsKept, pushHostOf } from "../kept-push-config.ts";
import type {
  PushClaim,
  PushConfigPage,
  PushConfigRecord,
  PushDelivery,
  PushLease,
  PushOutcome,
  PushPlan,
  PushPrune,
  PushStore,
} from "../push-store.ts";
import { toInstant } from "../instant.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

interface Entry {
  config: PushConfigRecord;
  ended: boolean;
  dueAt: string | undefined;
  lease: { readonly id: string; readonly until: string } | undefined;
}

export class InMemoryPushStore implements PushStore {
  readonly #state: InMemoryState;
  readonly #entries = new Map<string, Entry>();
  readonly #deliveries = new Map<string, PushDelivery>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async save(config: PushConfigRecord, { ended }: { readonly ended: boolean } = { ended: false }): Promise<void> {
    this.#state.assertOpen();
    const kept = pushConfigAsKept(config);
    const known = this.#entries.get(entryKey(kept));
    if (known === undefined) {
      this.#entries.set(entryKey(kept), { config: kept, ended, dueAt: undefined, lease: undefined });
      return;
    }
    const { createdAt, cursor } = known.config;
    known.config = { ...kept, createdAt, cursor };
  }

  async find(orgId: string, taskId: string, configId: string): Promise<PushConfigRecord | undefined> {
    this.#state.assertOpen();
    return this.#entries.get(keyOf(orgId, taskId, configId))?.config;
  }

  async list(
    orgId: string,
    taskId: string,
    page: { readonly size: number; readonly token?: string },
  ): Promise<PushConfigPage> {
    this.#state.assertOpen();
    const [after = ""] = page.token === undefined ? [] : decodePageToken("push-configs", page.token, [isTextPart]);
    const matches = [...this.#entries.values()]
      .map(({ config }) => config)
      .filter((config) => config.orgId === orgId && config.taskId === taskId)
      .filter((config) => config.configId > after)
      .sort((a, b) => (a.configId < b.configId ? -1 : 1));
    const size = boundPageSize(page.size);
    const configs = matches.slice(0, size);
    const last = configs.at(-1);
    const more = matches.length > size && last !== undefined;
    return { configs, ...(more ? { nextPageToken: encodePageToken("push-configs", [last.configId]) } : {}) };
  }

  async delete(orgId: string, taskId: string, configId: string, at: string): Promise<void> {
    this.#state.assertOpen();
    this.#entries.delete(keyOf(orgId, taskId, configId));
    for (const each of this.#pendingOf({ orgId, taskId, configId })) {
      const { nextAttemptAt: _never, ...rest } = each;
      const lastError = "the configuration was deleted";
      this.#put({ ...rest, state: "dead", updatedAt: toInstant(at), lastError });
    }
  }

  async claim({ leaseId, now, leaseUntil, limit, perHost }: PushClaim): Promise<readonly PushLease[]> {
    this.#state.assertOpen();
    const places = new Map<string, number>();
    for (const { config, lease } of this.#entries.values()) {
      const host = pushHostOf(config);
      if (lease !== undefined && lease.until > now) places.set(host, (places.get(host) ?? 0) + 1);
    }
    const due = [...this.#entries.values()]
      .filter((entry) => entry.lease === undefined || entry.lease.until <= now)
      .filter((entry) => (entry.dueAt === undefined ? this.#hasNews(entry) : entry.dueAt <= now))
      .sort((a, b) => ((a.dueAt ?? "") < (b.dueAt ?? "") ? -1 : 1))
      .filter(({ config }) => {
        const host = pushHostOf(config);
        places.set(host, (places.get(host) ?? 0) + 1);
        return (places.get(host) ?? 0) <= perHost;
      })
      .slice(0, limit);
    return due.map((entry) => {
      entry.lease = { id: leaseId, until: leaseUntil };
      return { leaseId, config: entry.config };
    });
  }

  #hasNews({ config, ended }: Entry): boolean {
    const task = this.#state.book.tasks.get(keyOf(config.orgId, config.taskId));
    return !ended && task !== undefined && task.lastSeq > config.cursor;
  }

  async plan(lease: PushLease, { cursor, deliveries, ended, at }: PushPlan): Promise<boolean> {
    this.#state.assertOpen();
    const entry = this.#leased(lease);
    if (entry === undefined) return false;
    entry.config = { ...entry.config, cursor };
    entry.ended = ended;
    const { orgId, taskId, configId } = entry.config;
    const when = toInstant(at);
    if (deliveries.length > 0) entry.dueAt = when;
    for (const { deliveryId, seq } of deliveries) {
      this.#put({
        orgId,
        deliveryId,
        taskId,
        configId,
        seq,
        state: "pending",
        attempts: 0,
        createdAt: when,
        updatedAt: when,
        nextAttemptAt: when,
      });
    }
    return true;
  }

  async next(config: Pick<PushConfigRecord, "orgId" | "taskId" | "configId">): Promise<PushDelivery | undefined> {
    this.#state.assertOpen();
    return this.#pendingOf(config).sort((a, b) => a.seq - b.seq)[0];
  }

  async settle(lease: PushLease, outcome: PushOutcome): Promise<boolean> {
    this.#state.assertOpen();
    const entry = this.#leased(lease);
    const known = this.#deliveries.get(keyOf(lease.config.orgId, outcome.deliveryId));
    if (entry === undefined || known === undefined) return false;
    entry.lease = { id: lease.leaseId, until: outcome.leaseUntil };
    const { nextAttemptAt: _before, lastError: _said, ...rest } = known;
    const { state, attempts, nextAttemptAt, lastError } = outcome;
    this.#put({
      ...rest,
      state,
      attempts,
      updatedAt: toInstant(outcome.at),
      ...(nextAttemptAt === undefined ? {} : { nextAttemptAt: toInstant(nextAttemptAt) }),
      ...(lastError === undefined ? {} : { lastError }),
    });
    return true;
  }

  async release(lease: PushLease): Promise<void> {
    this.#state.assertOpen();
    const entry = this.#leased(lease);
    if (entry === undefined) return;
    entry.lease = undefined;
    entry.dueAt = (await this.next(entry.config))?.nextAttemptAt;
  }

  async deliveries(orgId: string, taskId: string, limit: number): Promise<readonly PushDelivery[]> {
    this.#state.assertOpen();
    return [...this.#deliveries.values()]
      .filter((each) => each.orgId === orgId && each.taskId === taskId)
      .sort((a, b) => a.seq - b.seq || (a.configId < b.configId ? -1 : 1))
      .slice(0, boundPageSize(limit));
  }

  async prune({ before, keep, limit }: PushPrune): Promise<number> {
    this.#state.assertOpen();
    const oldest = toInstant(before);
    const settled = [...this.#deliveries.entries()]
      .filter(([, { state }]) => state !== "pending")
      .sort(([, a], [, b]) => (a.updatedAt === b.updatedAt ? 0 : a.updatedAt < b.updatedAt ? -1 : 1));
    const surplus = settled.length - keep;
    const old = settled.filter(([, { updatedAt }], index) => updatedAt < oldest || index < surplus).slice(0, limit);
    for (const [key] of old) this.#deliveries.delete(key);
    return old.length;
  }

  async findDelivery(orgId: string, deliveryId: string): Promise<PushDelivery | undefined> {
    this.#state.assertOpen();
    return this.#deliveries.get(keyOf(orgId, deliveryId));
  }

  async revive(orgId: string, deliveryId: string, at: string): Promise<boolean> {
    this.#state.assertOpen();
    const known = this.#deliveries.get(keyOf(orgId, deliveryId));
    const entry = known === undefined ? undefined : this.#entries.get(entryKey(known));
    if (known?.state !== "dead" || entry === undefined) return false;
    const when = toInstant(at);
    this.#put({ ...known, state: "pending", attempts: 0, updatedAt: when, nextAttemptAt: when });
    entry.dueAt = when;
    return true;
  }

  #pendingOf(config: Pick<PushConfigRecord, "orgId" | "taskId" | "configId">): PushDelivery[] {
    const key = entryKey(config);
    return [...this.#deliveries.values()].filter((each) => each.state === "pending" && entryKey(each) === key);
  }

  #leased({ leaseId, config }: PushLease): Entry | undefined {
    const entry = this.#entries.get(entryKey(config));
    return entry?.lease?.id === leaseId ? entry : undefined;
  }

  #put(delivery: PushDelivery): void {
    this.#deliveries.set(keyOf(delivery.orgId, delivery.deliveryId), delivery);
  }
}

function entryKey({ orgId, taskId, configId }: Pick<PushConfigRecord, "orgId" | "taskId" | "configId">): string {
  return keyOf(orgId, taskId, configId);
}
