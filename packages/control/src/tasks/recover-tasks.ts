import { PlatformError, isInterrupted, isTerminal } from "@berth/protocol";
import type { IdGenerator } from "@berth/protocol";
import type { ReleaseSpec } from "@berth/runtime";
import type { AgentWithRelease, Store, TaskRecord } from "@berth/store";
import type { LiveTask, Upstream } from "./live-task.ts";
import type { LiveTasks } from "./live-tasks.ts";
import { failedStatus } from "./turn-runner.ts";
import type { ResumedTurn } from "./turn-runner.ts";

const PAGE = 500;

export interface RecoverOptions {
  readonly store: Store;
  readonly live: LiveTasks;
  readonly specOf: (agent: AgentWithRelease) => ReleaseSpec;
  /** Takes a turn up again, without waiting for it. */
  readonly resume: (task: LiveTask, turn: ResumedTurn) => void;
  /** A durable run settles itself. */
  readonly isRun: (taskId: string) => boolean;
  /** What was found unfinished, a page of it. */
  readonly onLeft: (records: readonly TaskRecord[]) => void;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

/**
 * Settles what an earlier platform process left. Agents that ran here died with it, and with them what they kept in
 * memory of unfinished tasks, so those end in FAILED with the reason. Agents elsewhere did not: their tasks are taken up
 * again where they are, and a question of theirs still waits for its answer. Run before the first call is taken.
 * Running it twice is harmless. Returns how many tasks were settled.
 */
export async function recoverTasks(options: RecoverOptions): Promise<number> {
  const { store, live } = options;
  let settled = 0;
  let afterTaskId: string | undefined;
  for (;;) {
    const records = await store.tasks.unfinished({
      limit: PAGE,
      ...(afterTaskId === undefined ? {} : { afterTaskId }),
    });
    options.onLeft(records);
    await Promise.all(
      records.map(async (record) => {
        if (isTerminal(record.state) || options.isRun(record.taskId)) return;
        const task = await live.open(record);
        if (await goesOn(task, options)) return;
        await fail(task, options);
        settled += 1;
      }),
    );
    const last = records.at(-1);
    if (last === undefined || records.length < PAGE) return settled;
    afterTaskId = last.taskId;
  }
}

/** Whether the task's agent still has it; takes it up where it was running. */
async function goesOn(task: LiveTask, { store, specOf, resume }: RecoverOptions): Promise<boolean> {
  const { upstream, record } = task;
  if (upstream === undefined) return false;
  const agent = await store.agents.findById(record.orgId, record.agentId);
  const release = await store.agents.findRelease(record.orgId, record.releaseId);
  if (agent === undefined || release === undefined) return false;
  const isElsewhere = (release.remote ?? release.target) !== undefined || agent.agent.kind === "attached";
  if (!isElsewhere) return false;
  if (isInterrupted(task.state)) return true;
  resume(task, turnOf({ agent: agent.agent, release }, upstream, specOf));
  return true;
}

function turnOf(agent: AgentWithRelease, upstream: Upstream, specOf: RecoverOptions["specOf"]): ResumedTurn {
  return { spec: specOf(agent), upstream, timeoutMs: agent.release.config.timeouts.taskSeconds * 1_000 };
}

async function fail(task: LiveTask, { ids, now }: RecoverOptions): Promise<void> {
  const waited = isInterrupted(task.state);
  const failure = new PlatformError(
    "PLATFORM_RESTARTED",
    waited
      ? "The platform was restarted while the agent waited for an answer; the agent's memory of this task is gone."
      : "The platform was restarted while the agent worked on this task.",
  );
  await task.report([{ kind: "status", status: failedStatus(task, failure, ids, now), reason: failure.reason }]);
}
