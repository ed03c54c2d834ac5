import type { ReleaseSpec } from "@berth/runtime";
import type { AgentWithRelease, RunRecord, Store } from "@berth/store";
import type { LiveTask } from "../tasks/live-task.ts";
import type { MessageTurn } from "../tasks/turn-runner.ts";
import { RunJournal } from "./run-journal.ts";

/** What every execution of a run begins with, beside the message that its task began with. */
export type RunStart = Pick<MessageTurn, "principal" | "acceptedOutputModes" | "extensions" | "parent" | "ip">;

export interface RunInputOptions {
  readonly store: Store;
  readonly specOf: (agent: AgentWithRelease) => ReleaseSpec;
}

export interface RunInput {
  /** With the release that the task began on. */
  readonly agent: AgentWithRelease;
  readonly start: RunStart;
  readonly turn: MessageTurn;
}

/** Undefined when the agent or its release is gone. */
export async function runInput(
  { store, specOf }: RunInputOptions,
  task: LiveTask,
  { turn }: RunRecord,
): Promise<RunInput | undefined> {
  const { orgId, agentId, releaseId } = task.record;
  const [found, release] = await Promise.all([
    store.agents.findById(orgId, agentId),
    store.agents.findRelease(orgId, releaseId),
  ]);
  if (found === undefined || release === undefined) return undefined;
  const agent = { agent: found.agent, release };
  // Written by `DurableRuns.open`, from a RunStart.
  const start = JSON.parse(turn) as RunStart;
  const { workspace, timeouts } = release.config;
  return {
    agent,
    start,
    turn: {
      ...start,
      seq: 1,
      spec: specOf(agent),
      message: task.accepted.message,
      timeoutMs: timeouts.taskSeconds * 1_000,
      ...(workspace === undefined ? {} : { workspace }),
    },
  };
}

export async function readJournal(store: Pick<Store, "tasks">, task: LiveTask): Promise<RunJournal> {
  const { orgId, taskId } = task.record;
  const logs = await store.tasks.eventsOf(orgId, [taskId]);
  return new RunJournal(logs.get(taskId));
}
