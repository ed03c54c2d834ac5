import { journalIdOf, postingDigest, toDecimal } from "@berth/control";
import type { Statement, UsageAmounts, UsageReport } from "@berth/control";
import { toCsv } from "./csv.ts";
import type { JournalRecord } from "./records.ts";

const COLUMNS = ["calls", "seconds", "input_tokens", "output_tokens", "charged", "refunded", "amount", "currency"];

export function toUsageJson({ from, to, currency, groupBy, groups, total }: UsageReport): object {
  return {
    from,
    to,
    currency,
    groupBy,
    groups: groups.map(({ key, agentName, ...amounts }) => ({
      key,
      ...(agentName === undefined ? {} : { agentName }),
      ...amountsJson(amounts),
    })),
    total: amountsJson(total),
  };
}

export function toUsageCsv({ currency, groupBy, groups, total }: UsageReport): string {
  return toCsv([
    [groupBy, "agent_name", ...COLUMNS],
    ...groups.map(({ key, agentName = "", ...amounts }) => [key, agentName, ...cells(amounts, currency)]),
    ["total", "", ...cells(total, currency)],
  ]);
}

export function toStatementJson({ month, orgId, currency, from, to, lines, total, accounts }: Statement): object {
  return {
    month,
    orgId,
    currency,
    from,
    to,
    lines: lines.map(({ agentId, agentName, principalId, ...amounts }) => ({
      agentId,
      agentName,
      principalId,
      ...amountsJson(amounts),
    })),
    total: amountsJson(total),
    accounts,
  };
}

export function toStatementCsv({ month, currency, lines, total }: Statement): string {
  return toCsv([
    ["month", "agent_id", "agent_name", "caller", ...COLUMNS],
    ...lines.map(({ agentId, agentName, principalId, ...amounts }) => [
      month,
      agentId,
      agentName,
      principalId,
      ...cells(amounts, currency),
    ]),
    [month, "total", "", "", ...cells(total, currency)],
  ]);
}

export function toJournalJson(journal: JournalRecord): object {
  const { orgId: _org, entry, amountMicros, elapsedMs, lines, principalId, madeBy, ...rest } = journal;
  return {
    journalId: journalIdOf(journal),
    kind: entry === 0 ? "run" : "refund",
    ...rest,
    caller: principalId,
    ...(madeBy === undefined ? {} : { by: madeBy }),
    amount: toDecimal(amountMicros),
    seconds: toDecimal(elapsedMs * 1_000),
    lines: lines.map((line) => ({ account: line.account, amount: toDecimal(line.amountMicros) })),
    posting: postingDigest(journal),
  };
}

/** JSON has no whole numbers of any size: counts beyond 2^53 are the nearest that there is. Money is text. */
function amountsJson({ calls, inputTokens, outputTokens, seconds, charged, refunded, amount }: UsageAmounts): object {
  return {
    calls: Number(calls),
    seconds,
    inputTokens: Number(inputTokens),
    outputTokens: Number(outputTokens),
    charged,
    refunded,
    amount,
  };
}

function cells(amounts: UsageAmounts, currency: string): readonly string[] {
  const { calls, seconds, inputTokens, outputTokens, charged, refunded, amount } = amounts;
  return [String(calls), seconds, String(inputTokens), String(outputTokens), charged, refunded, amount, currency];
}
