import { TaskState, isTerminal } from "@berth/protocol";
import type { Store } from "@berth/store";
import type { JournalEntry, RunJournal } from "./run-journal.ts";

/** An approval's moment is checked by a sweep; a look after it finds it decided. */
const APPROVAL_GRACE_MS = 5_000;

export type Due = { readonly ready: true } | { readonly ready: false; readonly wakeAt?: string };

/** Whether the next execution of a run may begin, and else when to look again; absent: when something happens. */
export async function dueRun(
  orgId: string,
  journal: RunJournal,
  { store, now }: { readonly store: Pick<Store, "approvals" | "tasks">; readonly now: () => Date },
): Promise<Due> {
  const at = now().getTime();
  const moments: number[] = [];
  if (journal.retryAt !== undefined) moments.push(Date.parse(journal.retryAt));
  for (const key of journal.waits ?? []) {
    const question = journal.questions.get(key);
    if (question?.answer !== undefined) return { ready: true };
    const entry = journal.entries.get(key);
    if (entry === undefined) continue;
    const moment = await momentOf(orgId, entry, store);
    if (moment === "now") return { ready: true };
    if (moment !== undefined) moments.push(moment);
  }
  // Nothing keeps it: it has not been executed yet, or was when the platform went away.
  if (moments.length === 0) return journal.waits === undefined ? { ready: true } : { ready: false };
  const next = Math.min(...moments);
  return next <= at ? { ready: true } : { ready: false, wakeAt: new Date(next).toISOString() };
}

async function momentOf(
  orgId: string,
  { until, approvalId, childTaskId }: JournalEntry,
  store: Pick<Store, "approvals" | "tasks">,
): Promise<number | "now" | undefined> {
  if (approvalId !== undefined) {
    const approval = await store.approvals.find(orgId, approvalId);
    if (approval?.state !== "pending") return "now";
    return Date.parse(approval.expiresAt) + APPROVAL_GRACE_MS;
  }
  if (childTaskId !== undefined) {
    const child = await store.tasks.find(orgId, childTaskId);
    // A child that waits for an approval goes on when somebody has decided it.
    if (child === undefined || isTerminal(child.state) || child.state === TaskState.InputRequired) return "now";
  }
  return until === undefined ? undefined : Date.parse(until);
}
