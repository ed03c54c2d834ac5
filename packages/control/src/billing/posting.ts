import type { JournalRecord } from "@berth/store";
import { toDecimal } from "../limits/decimal.ts";
import { canonicalText } from "../receipts/canonical-text.ts";
import { digestOf } from "../receipts/node-sha256.ts";

/** A run's journal is named after its task, a refund after the run's: what is posted needs no id of its own. */
export function journalIdOf({ taskId, entry }: Pick<JournalRecord, "taskId" | "entry">): string {
  const id = `jr_${taskId.replace(/^task_/, "")}`;
  return entry === 0 ? id : `${id}-${entry}`;
}

/** Everything a journal says, as whoever checks a receipt can hash it. */
function postingOf(journal: JournalRecord): object {
  const { models, price, skill, agentName, reason, madeBy } = journal;
  return {
    v: 1,
    journal: journalIdOf(journal),
    org: journal.orgId,
    task: journal.taskId,
    at: journal.at,
    agent: journal.agentId,
    ...(agentName === undefined ? {} : { agent_name: agentName }),
    release: journal.releaseId,
    caller: journal.principalId,
    ...(skill === undefined ? {} : { skill }),
    ...(models === undefined ? {} : { models }),
    ...(price === undefined ? {} : { price }),
    currency: journal.currency,
    amount: toDecimal(journal.amountMicros),
    usage: {
      elapsed_ms: journal.elapsedMs,
      input_tokens: journal.inputTokens,
      output_tokens: journal.outputTokens,
    },
    lines: journal.lines.map(({ account, amountMicros }) =>
      amountMicros < 0 ? { account, credit: toDecimal(-amountMicros) } : { account, debit: toDecimal(amountMicros) },
    ),
    ...(journal.entry === 0 ? {} : { reverses: journalIdOf({ ...journal, entry: 0 }) }),
    ...(reason === undefined ? {} : { reason }),
    ...(madeBy === undefined ? {} : { by: madeBy }),
  };
}

/** `sha256:<hex>` of the JCS text of the posting. */
export function postingDigest(journal: JournalRecord): string {
  return digestOf(canonicalText(postingOf(journal)));
}
