import type { TaskState } from "@berth/protocol";
import type { NewLedgerItem, ReceiptRecord } from "./receipt-store.ts";

/** One side of a journal: debits are positive, credits negative, both in millionths of the currency. */
export interface JournalLine {
  readonly account: string;
  readonly amountMicros: number;
}

/** What a run used and costs. Posted in the transaction of the event that ends it. */
export interface RunJournal {
  /** RFC 3339, by the platform's clock: which month it belongs to. */
  readonly at: string;
  readonly agentName?: string;
  readonly skill?: string;
  /** The models that the agent named, in one order. */
  readonly models?: readonly string[];
  /** Version of the price it was reckoned with; absent when the agent has none. */
  readonly price?: string;
  readonly currency: string;
  readonly amountMicros: number;
  readonly elapsedMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Their sum is 0; none when nothing is charged. */
  readonly lines: readonly JournalLine[];
}

export interface JournalRecord extends RunJournal {
  readonly orgId: string;
  readonly taskId: string;
  /** 0: the run's own; then its refunds, in order without gaps. */
  readonly entry: number;
  readonly agentId: string;
  readonly releaseId: string;
  readonly principalId: string;
  /** Of a refund: why and by whom. */
  readonly reason?: string;
  readonly madeBy?: string;
}

export interface JournalFilter {
  readonly orgId: string;
  readonly taskId?: string;
  /** RFC 3339: from <= at < to. */
  readonly from?: string;
  readonly to?: string;
}

export const JOURNAL_DIMENSIONS = ["agent", "skill", "model", "caller", "day"] as const;
export type JournalDimension = (typeof JOURNAL_DIMENSIONS)[number];

export interface SumQuery {
  readonly orgId: string;
  readonly from: string;
  readonly to: string;
  /** What a group has in common. Empty: one group of everything. */
  readonly groupBy: readonly JournalDimension[];
  readonly limit: number;
}

export interface JournalSum {
  /** One value per dimension, in order: agent and principal ids, the skill, JSON text of the models, `2026-11-29`; "" for none. */
  readonly key: readonly string[];
  /** A name that the group's agent had, where agents are a dimension. */
  readonly agentName?: string;
  readonly calls: bigint;
  readonly elapsedMs: bigint;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  readonly chargedMicros: bigint;
  /** Zero or less. */
  readonly refundedMicros: bigint;
}

export interface AccountSum {
  readonly account: string;
  readonly debitMicros: bigint;
  readonly creditMicros: bigint;
}

export interface TaskKey {
  readonly orgId: string;
  readonly taskId: string;
}

/** Everything that must agree about one task, as it was at one moment. */
export interface TaskProof extends TaskKey {
  readonly state: TaskState;
  /** It waits for its receipt. */
  readonly queued: boolean;
  readonly receipt?: ReceiptRecord;
  readonly journals: readonly JournalRecord[];
}

/** Most tasks of one `proofs`, most rows of one `sums`. */
export const MAX_PROOFS = 1_000;
export const MAX_SUMS = 10_000;

/**
 * The general ledger. A run's journal is posted by `TaskStore.append`, never here: every terminal task has exactly one.
 * Nothing is ever changed; what was wrong is put right by a refund.
 */
export interface JournalStore {
  /** Per task the run's own, then its refunds. At most 1,000 ids. */
  ofTasks(orgId: string, taskIds: readonly string[]): Promise<ReadonlyMap<string, readonly JournalRecord[]>>;
  /**
   * Durable when it returns, and so is the addendum to the receipt that says so: both or neither.
   * @throws STORE_CONFLICT unless `entry` follows the last journal of its task.
   */
  refund(journal: JournalRecord, addendum: NewLedgerItem): Promise<void>;
  /** Newest first. @throws INVALID_PARAMS for a page token that is not ours. */
  list(
    filter: JournalFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly journals: readonly JournalRecord[]; readonly nextPageToken?: string }>;
  /** What was charged most first. */
  sums(query: SumQuery): Promise<readonly JournalSum[]>;
  /** Per account, by its name. */
  accounts(query: Pick<SumQuery, "orgId" | "from" | "to">): Promise<readonly AccountSum[]>;
  /** Of every organization, or of one, in the order of (orgId, taskId). At most 1,000. */
  proofs(query: ProofQuery): Promise<readonly TaskProof[]>;
}

export type ProofQuery =
  | { readonly orgId?: string; readonly after?: TaskKey; readonly limit: number }
  /** Of these; unknown ones are left out. */
  | { readonly tasks: readonly TaskKey[] };
