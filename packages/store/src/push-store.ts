import type { AuthenticationInfo, ProtocolVersion } from "@berth/protocol";

/** Where updates of one task are posted to, in the words of the protocol version it was registered in. */
export interface PushConfigRecord {
  readonly orgId: string;
  readonly taskId: string;
  readonly configId: string;
  readonly protocolVersion: ProtocolVersion;
  readonly url: string;
  /** Sealed by whoever saves them, as are the credentials: this table may be stolen. */
  readonly token?: string;
  readonly authentication?: AuthenticationInfo;
  readonly createdAt: string;
  /** Events up to here have been looked at: those that clients see have their delivery. */
  readonly cursor: number;
}

export interface PushConfigPage {
  readonly configs: readonly PushConfigRecord[];
  /** Absent at the end. */
  readonly nextPageToken?: string;
}

export type PushDeliveryState = "pending" | "delivered" | "dead";

/** One update for one configuration. */
export interface PushDelivery {
  readonly orgId: string;
  readonly deliveryId: string;
  readonly taskId: string;
  readonly configId: string;
  /** The event it is about. */
  readonly seq: number;
  readonly state: PushDeliveryState;
  readonly attempts: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** While pending: not before this. */
  readonly nextAttemptAt?: string;
  /** What kept the last attempt from succeeding. */
  readonly lastError?: string;
}

/** A configuration that one sender works on until `leaseUntil`; after that another may. */
export interface PushLease {
  readonly leaseId: string;
  readonly config: PushConfigRecord;
}

export interface PushClaim {
  readonly leaseId: string;
  readonly now: string;
  readonly leaseUntil: string;
  readonly limit: number;
  /** At most this many are leased at a time to one host of their URLs: a slow receiver does not take all senders. */
  readonly perHost: number;
}

export interface PushPrune {
  /** Not changed since. */
  readonly before: string;
  /** The newest that stay, by their last change; whatever their age, none beyond them does. */
  readonly keep: number;
  readonly limit: number;
}

/** What the events after the cursor mean for a configuration. */
export interface PushPlan {
  readonly cursor: number;
  readonly deliveries: readonly { readonly deliveryId: string; readonly seq: number }[];
  /** The task is over: nothing will follow. */
  readonly ended: boolean;
  readonly at: string;
}

export interface PushOutcome {
  readonly deliveryId: string;
  readonly state: PushDeliveryState;
  readonly attempts: number;
  readonly nextAttemptAt?: string;
  readonly lastError?: string;
  readonly at: string;
  /** The lease is prolonged to this. */
  readonly leaseUntil: string;
}

/**
 * Webhooks of tasks, and the outbox of what is to be sent to them. Nothing is written when a task moves: a
 * configuration has a cursor into the task's log, so an update that is in the log cannot be missed. A sender's round:
 * 1. `claim`; 2. `plan` what is new; 3. `next`, send, `settle`, until there is nothing due; 4. `release`. Whoever dies
 * half way loses the lease, and the round is done again: at least once, in order per configuration.
 */
export interface PushStore {
  /**
   * Replaces the one of the same id, which keeps its cursor, its creation and what is pending. `ended`: the task is
   * over already, nothing will follow.
   */
  save(config: PushConfigRecord, options?: { readonly ended: boolean }): Promise<void>;
  find(orgId: string, taskId: string, configId: string): Promise<PushConfigRecord | undefined>;
  /** In order of ids. @throws PlatformError INVALID_PARAMS for a page token that is not ours. */
  list(
    orgId: string,
    taskId: string,
    page: { readonly size: number; readonly token?: string },
  ): Promise<PushConfigPage>;
  /** What is pending for it becomes dead. Twice is harmless. */
  delete(orgId: string, taskId: string, configId: string, at: string): Promise<void>;

  /** Configurations with something to do that nobody works on, those that wait longest first. */
  claim(claim: PushClaim): Promise<readonly PushLease[]>;
  /**
   * One transaction. What it plans is due at once, for whoever has the lease next if this sender dies. False, and
   * nothing is written, when the lease is lost.
   */
  plan(lease: PushLease, plan: PushPlan): Promise<boolean>;
  /** The pending delivery with the lowest seq, due or not. */
  next(config: Pick<PushConfigRecord, "orgId" | "taskId" | "configId">): Promise<PushDelivery | undefined>;
  /** One transaction. False, and nothing is written, when the lease is lost. */
  settle(lease: PushLease, outcome: PushOutcome): Promise<boolean>;
  /** It is due again when its first pending delivery is, or when its task moves. Does nothing when the lease is lost. */
  release(lease: PushLease): Promise<void>;

  /** In order of seq, then of configuration. At most 1,000. */
  deliveries(orgId: string, taskId: string, limit: number): Promise<readonly PushDelivery[]>;
  /** Deletes delivered and dead ones that are too old or too many, the oldest first. Answers how many. */
  prune(prune: PushPrune): Promise<number>;
  findDelivery(orgId: string, deliveryId: string): Promise<PushDelivery | undefined>;
  /** A dead delivery is pending again, from its first attempt. False when it is not dead or its configuration is gone. */
  revive(orgId: string, deliveryId: string, at: string): Promise<boolean>;
}
