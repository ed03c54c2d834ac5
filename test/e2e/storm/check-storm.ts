import { TaskState, frameOf, isTerminal } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import type { StormLoad } from "./storm-load.ts";

const SEALED_MS = 120_000;

export interface StormReport {
  readonly tasks: number;
  readonly watched: number;
  readonly completed: number;
  /** Why those that did not complete did not, with how many there were. */
  readonly failures: Readonly<Record<string, number>>;
  /** What is wrong, in sentences; empty. */
  readonly problems: readonly string[];
}

/** Compares what callers saw with the logs, and the logs with the ledger. */
export async function checkStorm(load: StormLoad, versions: ReadonlyMap<string, string>): Promise<StormReport> {
  const problems: string[] = [];
  let completed = 0;
  const failures: Record<string, number> = {};
  const seen = new Map(load.watched.map((each) => [each.taskId, each]));
  for (const taskId of load.taskIds) {
    const events = await eventsOf(load, taskId);
    const ends = events.flatMap(({ body }) => (body.kind === "status" && isTerminal(body.status.state) ? [body] : []));
    if (ends.length !== 1) problems.push(`${taskId} ended ${ends.length} times`);
    if (!events.every(({ seq }, index) => seq === index + 1)) problems.push(`${taskId} has a gap in its log`);
    const [end] = ends;
    if (end?.status.state === TaskState.Completed) completed += 1;
    else {
      const why = `${end?.reason ?? end?.status.state}: ${end?.status.message?.parts[0]?.text}`;
      failures[why] = (failures[why] ?? 0) + 1;
    }
    const watched = seen.get(taskId);
    const visible = events.filter((event) => frameOf(event, "") !== undefined);
    const expected = visible.map(({ seq }) => seq).join(" ");
    if (watched !== undefined && watched.seqs.join(" ") !== expected) {
      problems.push(`${taskId}: its caller saw ${watched.seqs.join(" ")}, its log shows ${expected}`);
    }
    const problem = releaseProblem(events, versions);
    if (problem !== undefined) problems.push(`${taskId}: ${problem}`);
  }
  const check = await ledgerOf(load);
  if (check.differences.length > 0) problems.push(`the ledger differs: ${check.differences.slice(0, 5).join("; ")}`);
  if (check.tasks !== load.taskIds.size) problems.push(`${load.taskIds.size} sends made ${check.tasks} tasks`);
  if (check.receipts !== check.tasks) problems.push(`${check.tasks} tasks have ${check.receipts} receipts`);
  return { tasks: load.taskIds.size, watched: load.watched.length, completed, failures, problems };
}

/** What answered has to be what the task began on, however often the agent was deployed meanwhile. */
function releaseProblem(events: readonly TaskEvent[], versions: ReadonlyMap<string, string>): string | undefined {
  const first = events[0]?.body;
  const release = first?.kind === "accepted" ? first.releaseId : "";
  const version = versions.get(release);
  const said = /"version":"(v\d+)"/.exec(JSON.stringify(events))?.[1];
  if (said === undefined || version === undefined || said === version) return undefined;
  return `it began on ${release}, which is ${version}, and was answered by ${said}`;
}

async function eventsOf(load: StormLoad, taskId: string): Promise<readonly TaskEvent[]> {
  const response = await load.fetch(`/v1/tasks/${taskId}/events?limit=10000`);
  // As docs/reference/api.md has it.
  return ((await response.json()) as { events: TaskEvent[] }).events;
}

interface LedgerCheck {
  readonly tasks: number;
  readonly receipts: number;
  readonly pending: number;
  readonly differences: readonly string[];
}

async function ledgerOf(load: StormLoad): Promise<LedgerCheck> {
  return await waitFor(
    "every receipt",
    async () => {
      // As docs/reference/api.md has it.
      const check = (await (await load.fetch("/v1/ledger/check")).json()) as LedgerCheck;
      return check.pending === 0 ? check : undefined;
    },
    SEALED_MS,
  );
}
