import { parseEnvelope, parseRunReceipt, parseStrictJson, payloadOf } from "@berth/ledger";
import type { GlClaim } from "@berth/ledger";
import { isTerminal } from "@berth/protocol";
import { balances } from "@berth/store";
import type { JournalRecord, TaskProof } from "@berth/store";
import { canonicalText } from "../receipts/canonical-text.ts";
import { glClaim } from "./gl-claim.ts";
import { journalIdOf } from "./posting.ts";

/** Where task, receipt and journals of one run disagree. Empty: they match. */
export function differencesOf({ taskId, state, queued, receipt, journals }: TaskProof): readonly string[] {
  const [run] = journals;
  if (!isTerminal(state)) return run === undefined ? [] : [`task ${taskId} has not ended and has a journal`];
  const found: string[] = [];
  if (receipt === undefined && !queued) found.push(`task ${taskId} has ended and has no receipt`);
  if (run?.entry !== 0) return [...found, `task ${taskId} has ended and has no journal`];
  const unbalanced = journals.filter((journal) => !balances(journal));
  found.push(...unbalanced.map((journal) => `journal ${journalIdOf(journal)} does not balance`));
  if (journals.some(({ entry }, index) => entry !== index)) {
    found.push(`journal ${journalIdOf(run)} lacks one of its refunds`);
  }
  if (refundedMicros(journals) > run.amountMicros) {
    found.push(`journal ${journalIdOf(run)} was refunded more than it charged`);
  }
  if (receipt !== undefined && !isSaidBy(receipt.envelope, run)) {
    found.push(`receipt ${receipt.receiptId} signs another posting than journal ${journalIdOf(run)} is`);
  }
  return found;
}

export function refundedMicros(journals: readonly JournalRecord[]): number {
  return journals.reduce((sum, { entry, amountMicros }) => (entry === 0 ? sum : sum - amountMicros), 0);
}

/** Receipts from before there was billing say nothing of a journal; theirs charges nothing. */
function isSaidBy(envelope: string, run: JournalRecord): boolean {
  const claim = claimIn(envelope);
  if (claim === "unreadable") return false;
  if (claim === undefined) return run.amountMicros === 0 && run.agentName === undefined;
  return canonicalText(claim) === canonicalText(glClaim(run));
}

function claimIn(envelope: string): GlClaim | undefined | "unreadable" {
  try {
    return parseRunReceipt(payloadOf(parseEnvelope(parseStrictJson(envelope)))).predicate.gl;
  } catch {
    return "unreadable";
  }
}
