import { createHash } from "node:crypto";
import { canonicalJson } from "@berth/ledger";
import type { GlClaim, RunAdjust } from "@berth/ledger";
import type { JournalInfo } from "@berth/sdk/client";
import { PackError } from "./pack-error.ts";

/** What a receipt says of money. */
export interface BookedRun {
  readonly file: string;
  readonly org: string;
  readonly completedAt: string;
  readonly gl: GlClaim | undefined;
  readonly refunds: readonly Pick<RunAdjust, "journal" | "amount" | "currency">[];
}

interface Scope {
  readonly since: string;
  readonly until: string;
}

/**
 * Every receipt has the journal that it signs and every journal of the span its receipt; every refund has its addendum;
 * each balances. `runs` by task. @throws PackError `journals`
 */
export function matchJournals(
  journals: ReadonlyMap<string, JournalInfo>,
  runs: ReadonlyMap<string, BookedRun>,
  { since, until }: Scope,
): void {
  for (const journal of journals.values()) {
    const { journalId, kind, taskId, at } = journal;
    const run = runs.get(taskId);
    if (!balances(journal)) throw refused(journalId, "does not balance");
    if (run === undefined) {
      if (kind === "run" && at >= since && at < until) throw refused(journalId, `has no receipt: ${taskId}`);
      continue;
    }
    if (postingOf(journal, run.org) !== journal.posting) throw refused(journalId, "is not what its hash says");
    if (kind === "refund" && !run.refunds.some((refund) => isOf(refund, journal))) {
      throw refused(journalId, `has no addendum to ${run.file}`);
    }
  }
  for (const { file, gl, refunds } of runs.values()) {
    if (gl === undefined) continue;
    const journal = journals.get(gl.journal);
    if (journal === undefined) throw new PackError("journals", file, `${gl.journal} is not in the pack`);
    if (journal.posting !== gl.posting || !isOf({ ...gl }, journal)) {
      throw new PackError("journals", file, `${gl.journal} is not the journal that the receipt signs`);
    }
    for (const refund of refunds) {
      const reversal = journals.get(refund.journal);
      if (reversal === undefined || !isOf(refund, reversal)) {
        throw new PackError("journals", file, `the refund ${refund.journal} is not as its addendum says`);
      }
    }
  }
}

function isOf(claim: Pick<RunAdjust, "journal" | "amount" | "currency">, journal: JournalInfo): boolean {
  return claim.journal === journal.journalId && claim.amount === journal.amount && claim.currency === journal.currency;
}

/** Millionths of decimal text. @throws PackError `journals` */
export function toMicros(text: string): bigint {
  const [, sign = "", whole = "", fraction = ""] = /^(-?)(\d{1,15})(?:\.(\d{1,6}))?$/.exec(text) ?? [];
  if (whole === "") throw new PackError("journals", "", `${JSON.stringify(text)} is no amount`);
  const micros = BigInt(whole) * 1_000_000n + BigInt(fraction.padEnd(6, "0"));
  return sign === "" ? micros : -micros;
}

function balances({ amount, lines }: JournalInfo): boolean {
  const amounts = lines.map((line) => toMicros(line.amount));
  const sum = amounts.reduce((total, micros) => total + micros, 0n);
  const debits = amounts.filter((micros) => micros > 0n).reduce((total, micros) => total + micros, 0n);
  const total = toMicros(amount);
  return sum === 0n && debits === (total < 0n ? -total : total);
}

/** The hash of everything that a journal says, as its receipt signs it (docs/reference/billing.md). */
function postingOf(journal: JournalInfo, org: string): string {
  const { journalId, agentName, skill, models, price, reason, by } = journal;
  const posting = {
    v: 1,
    journal: journalId,
    org,
    task: journal.taskId,
    at: journal.at,
    agent: journal.agentId,
    ...(agentName === undefined ? {} : { agent_name: agentName }),
    release: journal.releaseId,
    caller: journal.caller,
    ...(skill === undefined ? {} : { skill }),
    ...(models === undefined ? {} : { models }),
    ...(price === undefined ? {} : { price }),
    currency: journal.currency,
    amount: journal.amount,
    usage: {
      elapsed_ms: Number(toMicros(journal.seconds) / 1_000n),
      input_tokens: journal.inputTokens,
      output_tokens: journal.outputTokens,
    },
    lines: journal.lines.map(({ account, amount }) =>
      amount.startsWith("-") ? { account, credit: amount.slice(1) } : { account, debit: amount },
    ),
    ...(journal.kind === "run" ? {} : { reverses: journalId.replace(/-\d+$/, "") }),
    ...(reason === undefined ? {} : { reason }),
    ...(by === undefined ? {} : { by }),
  };
  return `sha256:${createHash("sha256").update(canonicalJson(posting)).digest("hex")}`;
}

function refused(journalId: string, why: string): PackError {
  return new PackError("journals", "", `${journalId} ${why}`);
}
