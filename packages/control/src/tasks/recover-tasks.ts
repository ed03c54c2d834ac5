import { PlatformError, TaskState, isTerminal } from "@berth/protocol";
import type { IdGenerator } from "@berth/protocol";
import type { Store } from "@berth/store";
import type { LiveTasks } from "./live-tasks.ts";
import { failedStatus } from "./turn-runner.ts";

const PAGE = 500;

/**
 * Settles what an earlier platform process left: its agents died with it, and with them what they kept in memory of
 * unfinished tasks, so those end in FAILED with the reason. Run before the first call is taken. Running it twice is
 * harmless. Returns how many tasks were settled.
 */
export async function recoverTasks(options: {
  readonly store: Store;
  readonly live: LiveTasks;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}): Promise<number> {
  const { store, live, ids, now } = options;
  let settled = 0;
  let afterTaskId: string | undefined;
  for (;;) {
    const records = await store.tasks.unfinished({
      limit: PAGE,
      ...(afterTaskId === undefined ? {} : { afterTaskId }),
    });
    await Promise.all(
      records.map(async (record) => {
        if (isTerminal(record.state)) return;
        const task = await live.open(record);
        const waited = record.state === TaskState.InputRequired || record.state === TaskState.AuthRequired;
        const failure = new PlatformError(
          "PLATFORM_RESTARTED",
          waited
            ? "The platform was restarted while the agent waited for an answer; the agent's memory of this task is gone."
            : "The platform was restarted while the agent worked on this task.",
        );
        await task.report([{ kind: "status", status: failedStatus(task, failure, ids, now), reason: failure.reason }]);
        settled += 1;
      }),
    );
    const last = records.at(-1);
    if (last === undefined || records.length < PAGE) return settled;
    afterTaskId = last.taskId;
  }
}
