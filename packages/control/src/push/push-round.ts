import { frameOf, isTerminal } from "@berth/protocol";
import type { IdGenerator } from "@berth/protocol";
import type { PushConfigRecord, PushDelivery, PushLease, PushOutcome, Store } from "@berth/store";
import { PushBodies } from "./push-body.ts";
import type { PushBody } from "./push-body.ts";
import type { PostResult } from "./post-update.ts";
import { MAX_ATTEMPTS, retryDelayMs } from "./retry-delay.ts";

export interface PushRoundOptions {
  readonly store: Pick<Store, "push" | "tasks">;
  readonly post: (
    config: PushConfigRecord,
    delivery: PushDelivery,
    body: PushBody,
    signal: AbortSignal,
  ) => Promise<PostResult>;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  /** 0 to 1. */
  readonly random: () => number;
  readonly leaseMs: number;
}

const MAX_PLANNED = 500;
/** Then others have their turn: a task that never stops talking does not keep a sender to itself. */
const MAX_POSTED = 100;

/**
 * One configuration's round: sends what is due, in order, and reads on in the log when nothing waits. Ends when the
 * next attempt is not due yet, the log has nothing more, the lease is lost, or `signal` says so. Cut off anywhere, it
 * is simply done again; after an error only when the lease has run out, so that one cannot follow the other at once.
 */
export async function runPushRound(lease: PushLease, options: PushRoundOptions, signal: AbortSignal): Promise<void> {
  await sendDue(lease, options, signal);
  await options.store.push.release(lease);
}

async function sendDue(lease: PushLease, options: PushRoundOptions, signal: AbortSignal): Promise<void> {
  const { store, now } = options;
  const { config } = lease;
  const bodies = new PushBodies(store.tasks, config);
  let { cursor } = config;
  let posted = 0;
  while (!signal.aborted && posted < MAX_POSTED) {
    const delivery = await store.push.next(config);
    if (delivery === undefined) {
      const planned = await planMore(lease, cursor, options);
      if (planned === cursor) return;
      cursor = planned;
      continue;
    }
    if ((delivery.nextAttemptAt ?? "") > now().toISOString()) return;
    posted += 1;
    const result = await options.post(config, delivery, await bodies.at(delivery.seq), signal);
    // An attempt that we broke off says nothing about the receiver.
    if (signal.aborted && result.kind !== "delivered") return;
    if (result.kind === "gone") {
      await store.push.delete(config.orgId, config.taskId, config.configId, now().toISOString());
      return;
    }
    if (!(await store.push.settle(lease, outcomeOf(delivery, result, options)))) return;
  }
}

/** Plans deliveries of the next events. Answers the new cursor, the old one when there is nothing new. */
async function planMore(lease: PushLease, cursor: number, options: PushRoundOptions): Promise<number> {
  const { store, ids, now } = options;
  const { orgId, taskId } = lease.config;
  const events = await store.tasks.events({ orgId, taskId, after: cursor, limit: MAX_PLANNED });
  const last = events.at(-1);
  if (last === undefined) return cursor;
  const written = await store.push.plan(lease, {
    cursor: last.seq,
    deliveries: events
      .filter((event) => frameOf(event, "") !== undefined)
      .map(({ seq }) => ({ deliveryId: ids("delivery"), seq })),
    ended: events.some(({ body }) => body.kind === "status" && isTerminal(body.status.state)),
    at: now().toISOString(),
  });
  return written ? last.seq : cursor;
}

function outcomeOf(
  { deliveryId, attempts: before }: PushDelivery,
  result: Exclude<PostResult, { readonly kind: "gone" }>,
  { now, random, leaseMs }: PushRoundOptions,
): PushOutcome {
  const attempts = before + 1;
  const ms = now().getTime();
  const at = new Date(ms).toISOString();
  const done = { deliveryId, attempts, at, leaseUntil: new Date(ms + leaseMs).toISOString() };
  if (result.kind === "delivered") return { ...done, state: "delivered" };
  const lastError = result.error;
  if (result.kind === "refused" || attempts >= MAX_ATTEMPTS) return { ...done, state: "dead", lastError };
  const nextAttemptAt = new Date(ms + retryDelayMs(attempts, random(), result.retryAfterMs)).toISOString();
  return { ...done, state: "pending", lastError, nextAttemptAt };
}
