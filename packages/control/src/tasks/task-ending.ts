import { setTimeout as pause } from "node:timers/promises";
import { TaskState, isTerminal } from "@berth/protocol";
import type { IdGenerator, PlatformError } from "@berth/protocol";
import type { AgentConnector, ReleaseSpec } from "@berth/runtime";
import type { AgentWithRelease, Store } from "@berth/store";
import type { DurableRuns } from "../steps/durable-runs.ts";
import type { LiveTask } from "./live-task.ts";
import type { LiveTasks } from "./live-tasks.ts";
import type { TurnQueue } from "./turn-queue.ts";
import { failedStatus } from "./turn-runner.ts";

/** An agent that does not let go of its canceled turn by then is not waited for. */
const LAST_WORDS_MS = 1_000;

interface TaskEndingOptions {
  readonly store: Store;
  readonly connector: AgentConnector;
  readonly specOf: (agent: AgentWithRelease) => ReleaseSpec;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly turns: TurnQueue;
  readonly runs: DurableRuns;
  readonly live: LiveTasks;
  readonly log?: (line: string) => void;
}

/** Ends tasks from outside: their callers cancel them, or the platform lets them go no further. */
export class TaskEnding {
  readonly #options: TaskEndingOptions;

  constructor(options: TaskEndingOptions) {
    this.#options = options;
  }

  /** True: the run undoes what it did, and ends after that. */
  async cancel(task: LiveTask): Promise<boolean> {
    const { turns, runs, now } = this.#options;
    const { taskId } = task;
    if (runs.isDurable(taskId)) {
      if (await runs.cancel(task, async (children) => await this.#stop(task, children))) return true;
    } else await this.tellAgent(task);
    // First, so that all that the run did stands before its end: the receipt signs that much and no more.
    await Promise.race([turns.end(taskId, "canceled"), pause(LAST_WORDS_MS, undefined, { ref: false })]);
    const status = { state: TaskState.Canceled, timestamp: now().toISOString() };
    await task.report([{ kind: "status", status }]);
    // A message that came in between has begun a turn.
    await turns.end(taskId, "canceled");
    return false;
  }

  async fail(task: LiveTask, error: PlatformError): Promise<void> {
    if (isTerminal(task.state)) return;
    const { turns, ids, now } = this.#options;
    await turns.end(task.taskId, error);
    // A turn that ran has written it already, and this changes nothing.
    await task.report([{ kind: "status", status: failedStatus(task, error, ids, now), reason: error.reason }]);
    await this.tellAgent(task);
  }

  /** An agent that cannot be reached, or answers nonsense, does not keep anybody from ending its task. */
  async tellAgent(task: LiveTask): Promise<void> {
    const { store, connector, specOf, log } = this.#options;
    const { upstream } = task;
    if (upstream === undefined) return;
    try {
      const agent = await store.agents.findById(task.record.orgId, task.record.agentId);
      const release = await store.agents.findRelease(task.record.orgId, task.record.releaseId);
      if (agent === undefined || release === undefined) return;
      await connector.cancel(specOf({ agent: agent.agent, release }), upstream);
    } catch (error) {
      log?.(`canceling ${task.taskId}: the agent did not take it: ${String(error)}`);
    }
  }

  /** In this order: what the agent makes of the cancel is not to stand in the log. */
  async #stop(task: LiveTask, children: readonly string[]): Promise<void> {
    const { turns, live } = this.#options;
    if (turns.isBusy(task.taskId)) {
      await turns.end(task.taskId, "canceled");
      await this.tellAgent(task);
    }
    for (const taskId of children) {
      const child = await live.find(task.record.orgId, taskId);
      if (!isTerminal(child.state)) await this.cancel(child);
    }
  }
}
