import { TaskState } from "@berth/protocol";
import type { TaskEventBody } from "@berth/protocol";
import type { PushConfigRecord, PushDelivery, PushLease, Store } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import type { PushBody } from "../push-body.ts";
import { runPushRound } from "../push-round.ts";
import type { PostResult } from "../post-update.ts";

export const ORG = "org_1";
export const TASK = "task_1";
const START = Date.parse("2026-11-29T10:00:00.000Z");

export interface Posted {
  readonly delivery: PushDelivery;
  readonly body: PushBody;
}

/** A task in a store, one webhook, a receiver that is a function, and a clock that stands still. */
export class PushFixture {
  readonly store: Store = createInMemoryStore();
  readonly posted: Posted[] = [];
  answer: (posted: Posted, signal: AbortSignal) => PostResult | Promise<PostResult> = () => ({ kind: "delivered" });
  #ms = START;
  #ids = 0;

  static async open(change: Partial<PushConfigRecord> = {}): Promise<PushFixture> {
    const fixture = new PushFixture();
    await fixture.store.tasks.create({
      taskId: TASK,
      at: fixture.at,
      accepted: {
        kind: "accepted",
        orgId: ORG,
        agentId: "agt_1",
        agentName: "hello",
        releaseId: "rel_1",
        contextId: "ctx_1",
        protocol: "a2a",
        principal: { kind: "user", id: "usr_1" },
        message: { messageId: "m1", role: "ROLE_USER", parts: [{ text: "hello" }] },
      },
    });
    await fixture.store.push.save({
      orgId: ORG,
      taskId: TASK,
      configId: "c",
      protocolVersion: "1.0",
      url: "https://hook.example/",
      createdAt: fixture.at,
      cursor: 1,
      ...change,
    });
    return fixture;
  }

  get at(): string {
    return new Date(this.#ms).toISOString();
  }

  readonly now = (): Date => new Date(this.#ms);

  advance(ms: number): void {
    this.#ms += ms;
  }

  async append(...bodies: TaskEventBody[]): Promise<void> {
    const task = await this.store.tasks.find(ORG, TASK);
    await this.store.tasks.append({
      orgId: ORG,
      taskId: TASK,
      expectedSeq: task?.lastSeq ?? 0,
      events: bodies.map((body) => ({ at: this.at, body })),
    });
  }

  /** WORKING, something clients do not see, an artifact, COMPLETED: events 2 to 5. */
  async appendTurn(): Promise<void> {
    await this.append(
      statusOf(TaskState.Working),
      { kind: "note", name: "unseen", data: {} },
      { kind: "artifact", artifact: { artifactId: "a", parts: [{ text: "done" }] }, lastChunk: true },
      statusOf(TaskState.Completed),
    );
  }

  async claim(): Promise<PushLease | undefined> {
    this.#ids += 1;
    const leaseUntil = new Date(this.#ms + 15_000).toISOString();
    const [lease] = await this.store.push.claim({
      leaseId: `lease_${this.#ids}`,
      now: this.at,
      leaseUntil,
      limit: 1,
      perHost: 1,
    });
    return lease;
  }

  /** One round, when there is something to do. False when there is not. */
  async round(signal: AbortSignal = new AbortController().signal): Promise<boolean> {
    const lease = await this.claim();
    if (lease === undefined) return false;
    await this.run(lease, signal);
    return true;
  }

  async run(lease: PushLease, signal: AbortSignal = new AbortController().signal): Promise<void> {
    await runPushRound(
      lease,
      {
        store: this.store,
        now: this.now,
        random: () => 0,
        leaseMs: 15_000,
        ids: (kind) => {
          this.#ids += 1;
          return `${kind}_${this.#ids}`;
        },
        post: async (_config, delivery, body, ended) => {
          const posted = { delivery, body };
          this.posted.push(posted);
          return await this.answer(posted, ended);
        },
      },
      signal,
    );
  }

  async log(): Promise<readonly string[]> {
    const deliveries = await this.store.push.deliveries(ORG, TASK, 100);
    return deliveries.map(({ seq, state, attempts, lastError }) =>
      [seq, state, attempts, ...(lastError === undefined ? [] : [lastError])].join(" "),
    );
  }
}

export function statusOf(state: TaskState): TaskEventBody {
  return { kind: "status", status: { state, timestamp: new Date(START).toISOString() } };
}
