import { PlatformError, invalidParams, isPlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { MAX_SUMS } from "@berth/store";
import type { JournalRecord, JournalSum, ReceiptRecord, Store, SumQuery } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { toDecimal, toMicros } from "../limits/decimal.ts";
import type { SealingReceipts } from "../receipts/create-receipts.ts";
import { toAdjustClaim } from "./adjust-claim.ts";
import { parsePeriod, periodOfMonth } from "./billing-month.ts";
import type { Billing, Refund, Statement, UsageReport } from "./billing.ts";
import { refundedMicros } from "./match-task.ts";
import { refundLines } from "./refund-lines.ts";
import { NO_SUMS, isNothing, minus, plus, toAmounts } from "./usage-amounts.ts";
import type { Sums } from "./usage-amounts.ts";

export interface BillingOptions {
  readonly store: Pick<Store, "journals" | "receipts" | "audit">;
  readonly now: () => Date;
  readonly receipts: Pick<SealingReceipts, "draftAddendum" | "notify">;
}

const MAX_GROUPS = 1_000;
/** What stands for the groups that are too many to be listed. */
const REST = "…";
const MAX_REASON = 500;
/** Other refunds of the same run may come between the look and the write. */
const MAX_ATTEMPTS = 5;

export function createBilling(options: BillingOptions): Billing {
  const { store, receipts, now } = options;
  return {
    async usage(principal, { from, to, groupBy = "agent" }): Promise<UsageReport> {
      authorize(principal, "billing.read");
      const period = parsePeriod(from, to, now());
      const query = { orgId: principal.orgId, ...period };
      const { rows, rest, total } = await sumsOf({ ...query, groupBy: [groupBy], limit: MAX_GROUPS });
      const groups = rows.map(({ key: [key = ""], agentName, ...sums }) => ({
        key: groupBy === "model" ? modelNames(key) : key,
        ...(agentName === undefined ? {} : { agentName }),
        ...toAmounts(sums),
      }));
      const others = isNothing(rest) ? [] : [{ key: REST, ...toAmounts(rest) }];
      return { ...period, currency: "USD", groupBy, groups: [...groups, ...others], total: toAmounts(total) };
    },

    async statement(principal, month): Promise<Statement> {
      authorize(principal, "billing.read");
      const period = periodOfMonth(month);
      const { orgId } = principal;
      const query = { orgId, ...period };
      const { rows, rest, total } = await sumsOf({ ...query, groupBy: ["agent", "caller"], limit: MAX_SUMS });
      const lines = rows.map(({ key: [agentId = "", principalId = ""], agentName, ...sums }) => ({
        agentId,
        agentName: agentName ?? agentId,
        principalId,
        ...toAmounts(sums),
      }));
      const other = { agentId: REST, agentName: REST, principalId: REST };
      const accounts = await store.journals.accounts(query);
      return {
        month,
        orgId,
        currency: "USD",
        ...period,
        lines: isNothing(rest) ? lines : [...lines, { ...other, ...toAmounts(rest) }],
        total: toAmounts(total),
        accounts: accounts.map(({ account, debitMicros, creditMicros }) => ({
          account,
          debit: toDecimal(debitMicros),
          credit: toDecimal(creditMicros),
          balance: toDecimal(debitMicros - creditMicros),
        })),
      };
    },

    async journals(principal, { from, to, taskId }, page) {
      authorize(principal, "billing.read");
      const bounded = from !== undefined || to !== undefined;
      const period = bounded ? parsePeriod(from, to, now()) : {};
      const filter = { orgId: principal.orgId, ...period, ...(taskId === undefined ? {} : { taskId }) };
      return await store.journals.list(filter, page);
    },

    async refund(principal, receiptId, refund): Promise<JournalRecord> {
      authorize(principal, "billing.manage");
      const { micros, reason } = parseRefund(refund);
      const { orgId } = principal;
      const receipt = await store.receipts.find(orgId, receiptId);
      if (receipt === undefined) throw new PlatformError("RECEIPT_NOT_FOUND", `There is no receipt ${receiptId}.`);
      const journal = await audited(
        store.audit,
        {
          orgId,
          at: now().toISOString(),
          actor: principal.id,
          action: "billing.refund",
          resource: receiptId,
          outcome: "ok",
          detail: { amount: micros === undefined ? "all" : toDecimal(micros), reason },
        },
        async () => await post(principal, receipt, { micros, reason }),
      );
      receipts.notify();
      return journal;
    },
  };

  /** The listed groups, what is not among them, and all together. */
  async function sumsOf(
    query: SumQuery,
  ): Promise<{ readonly rows: readonly JournalSum[]; readonly rest: Sums; readonly total: Sums }> {
    const rows = await store.journals.sums(query);
    const listed = rows.reduce<Sums>(plus, NO_SUMS);
    // With fewer than asked for nothing is left out, and no second read can see another moment.
    if (rows.length < query.limit) return { rows, rest: NO_SUMS, total: listed };
    const [all = NO_SUMS] = await store.journals.sums({ ...query, groupBy: [], limit: 1 });
    return { rows, rest: minus(all, listed), total: all };
  }

  async function post(
    { orgId, id }: Principal,
    { taskId, receiptId }: ReceiptRecord,
    { micros, reason }: ParsedRefund,
  ): Promise<JournalRecord> {
    for (let attempt = 1; ; attempt++) {
      const journals = (await store.journals.ofTasks(orgId, [taskId])).get(taskId) ?? [];
      const [run] = journals;
      if (run === undefined) throw new PlatformError("INTERNAL", "The run of this receipt has no journal.");
      const left = run.amountMicros - refundedMicros(journals);
      const amount = micros ?? left;
      if (amount > left || amount === 0) throw tooMuch(left, run.currency);
      const journal: JournalRecord = {
        ...run,
        entry: journals.length,
        at: now().toISOString(),
        amountMicros: -amount,
        elapsedMs: 0,
        inputTokens: 0,
        outputTokens: 0,
        lines: refundLines(journals, amount),
        reason,
        madeBy: id,
      };
      try {
        const predicate = toAdjustClaim(journal);
        const addendum = await receipts.draftAddendum({ orgId, receiptId, kind: "adjust", predicate });
        await store.journals.refund(journal, addendum);
        return journal;
      } catch (error) {
        const changed = isPlatformError(error) && error.reason === "STORE_CONFLICT";
        if (!changed || attempt === MAX_ATTEMPTS) throw error;
      }
    }
  }
}

interface ParsedRefund {
  readonly micros: number | undefined;
  readonly reason: string;
}

/** @throws INVALID_PARAMS */
function parseRefund({ amount, reason }: Refund): ParsedRefund {
  const micros = amount === undefined ? undefined : toMicros(amount);
  const violations = [
    ...(amount !== undefined && (micros === undefined || micros === 0)
      ? [{ field: "amount", description: 'must be a decimal text above 0 with at most 6 decimals, such as "0.50"' }]
      : []),
    ...(isReason(reason)
      ? []
      : [{ field: "reason", description: `must be a text of 1 to ${MAX_REASON} characters without NUL` }]),
  ];
  if (violations.length > 0) throw invalidParams(violations);
  return { micros, reason };
}

function isReason(text: string): boolean {
  return text.trim() !== "" && text.length <= MAX_REASON && text.isWellFormed() && !text.includes("\u0000");
}

function tooMuch(left: number, currency: string): PlatformError {
  const description =
    left === 0 ? "there is nothing left to refund" : `must be at most ${toDecimal(left)} ${currency}, which is left`;
  return invalidParams([{ field: "amount", description }]);
}

function modelNames(text: string): string {
  // The store's own text of a list of names.
  return text === "" ? "" : (JSON.parse(text) as readonly string[]).join(", ");
}
