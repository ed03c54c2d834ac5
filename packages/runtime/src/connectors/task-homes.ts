import { isInterrupted, isTerminal } from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";

const MAX_TASKS = 10_000;

interface Home {
  readonly instanceId: string;
  /** Set while the task waits for its caller. */
  endHold?: (() => void) | undefined;
}

/**
 * Which instance holds which of the agent's tasks: most agents keep them in memory, so the next turn has to go where
 * the last one was, and that instance must not be stopped for being idle meanwhile. Keyed by release, because task ids
 * are the agent's word.
 */
export class TaskHomes {
  readonly #homes = new Map<string, Home>();
  readonly #hold: (instanceId: string) => () => void;

  constructor(hold: (instanceId: string) => () => void) {
    this.#hold = hold;
  }

  instanceOf(releaseId: string, taskId: string): string | undefined {
    return this.#homes.get(key(releaseId, taskId))?.instanceId;
  }

  /** Learns from a frame that an instance sent; `known` is the task's id where the frame names none. */
  learn(releaseId: string, instanceId: string, frame: StreamResponse): void {
    const { taskId, state } = taskOf(frame);
    if (taskId === undefined) return;
    if (state !== undefined && isTerminal(state)) {
      this.forget(releaseId, taskId);
      return;
    }
    const home = this.#homes.get(key(releaseId, taskId));
    if (home === undefined || home.instanceId !== instanceId) this.#add(releaseId, taskId, instanceId);
    if (state === undefined) return;
    if (isInterrupted(state)) this.#interrupt(releaseId, taskId);
    else this.resume(releaseId, taskId);
  }

  /** The task goes on: a turn keeps its instance busy by itself. */
  resume(releaseId: string, taskId: string): void {
    const home = this.#homes.get(key(releaseId, taskId));
    home?.endHold?.();
    if (home !== undefined) home.endHold = undefined;
  }

  forget(releaseId: string, taskId: string): void {
    this.resume(releaseId, taskId);
    this.#homes.delete(key(releaseId, taskId));
  }

  #interrupt(releaseId: string, taskId: string): void {
    const home = this.#homes.get(key(releaseId, taskId));
    if (home !== undefined) home.endHold ??= this.#hold(home.instanceId);
  }

  #add(releaseId: string, taskId: string, instanceId: string): void {
    this.forget(releaseId, taskId);
    this.#homes.set(key(releaseId, taskId), { instanceId });
    if (this.#homes.size <= MAX_TASKS) return;
    const [oldest] = this.#homes;
    if (oldest === undefined) return;
    oldest[1].endHold?.();
    this.#homes.delete(oldest[0]);
  }
}

function key(releaseId: string, taskId: string): string {
  return `${releaseId}\n${taskId}`;
}

function taskOf(frame: StreamResponse): {
  readonly taskId?: string;
  readonly state?: Parameters<typeof isTerminal>[0];
} {
  if ("task" in frame) return { taskId: frame.task.id, state: frame.task.status.state };
  if ("statusUpdate" in frame) return { taskId: frame.statusUpdate.taskId, state: frame.statusUpdate.status.state };
  if ("artifactUpdate" in frame) return { taskId: frame.artifactUpdate.taskId };
  return {};
}
