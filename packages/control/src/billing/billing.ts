import type { Principal } from "@berth/protocol";
import type { JournalDimension, JournalRecord } from "@berth/store";
import type { Period } from "./billing-month.ts";

/** Amounts are decimal text, refunds zero or less; `amount` is what was charged together with what was refunded. */
export interface UsageAmounts {
  readonly calls: bigint;
  /** Decimal text. */
  readonly seconds: string;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  readonly charged: string;
  readonly refunded: string;
  readonly amount: string;
}

export interface UsageGroup extends UsageAmounts {
  /** What the group has in common: an agent's id, a skill, models joined by ", ", a principal's id, a day; "" for none. */
  readonly key: string;
  /** The agent's, where groups are agents. */
  readonly agentName?: string;
}

export interface UsageReport extends Period {
  readonly currency: "USD";
  readonly groupBy: JournalDimension;
  /** What was charged most first; of very many, the rest is one group whose key is `…`. */
  readonly groups: readonly UsageGroup[];
  readonly total: UsageAmounts;
}

export interface StatementLine extends UsageAmounts {
  readonly agentId: string;
  readonly agentName: string;
  readonly principalId: string;
}

export interface AccountLine {
  readonly account: string;
  readonly debit: string;
  readonly credit: string;
  readonly balance: string;
}

/** One calendar month of an organization. The total is the sum of its journals, to the last millionth. */
export interface Statement extends Period {
  readonly month: string;
  readonly orgId: string;
  readonly currency: "USD";
  readonly lines: readonly StatementLine[];
  readonly total: UsageAmounts;
  /** Balances add up to 0. */
  readonly accounts: readonly AccountLine[];
}

export interface Refund {
  /** Decimal text; absent: all that is left. */
  readonly amount?: string;
  readonly reason: string;
}

/** What runs used and cost, and what was given back. */
export interface Billing {
  /** Needs `billing.read`, as all of these but `refund` do. @throws INVALID_PARAMS */
  usage(
    principal: Principal,
    query: { readonly from?: string; readonly to?: string; readonly groupBy?: JournalDimension },
  ): Promise<UsageReport>;
  /** `month` such as `2026-11`, in UTC. @throws INVALID_PARAMS */
  statement(principal: Principal, month: string): Promise<Statement>;
  /** Newest first. @throws INVALID_PARAMS */
  journals(
    principal: Principal,
    filter: { readonly from?: string; readonly to?: string; readonly taskId?: string },
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly journals: readonly JournalRecord[]; readonly nextPageToken?: string }>;
  /**
   * Posts a journal that reverses part of a run's or all of it. Needs `billing.manage`; audited.
   * @throws RECEIPT_NOT_FOUND, INVALID_PARAMS when it is more than what is left of the charge.
   */
  refund(principal: Principal, receiptId: string, refund: Refund): Promise<JournalRecord>;
}
