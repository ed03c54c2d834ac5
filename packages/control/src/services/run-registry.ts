import type { Principal, TaskEventBody } from "@berth/protocol";
import type { GrantRecord } from "@berth/store";

/** A run that is under way on this machine: in whose name, until when, and what it has done. */
export interface Run {
  readonly orgId: string;
  readonly taskId: string;
  readonly contextId: string;
  readonly agentId: string;
  readonly agentName: string;
  /** Whose message the present turn is about. */
  readonly principal: Principal;
  readonly deadline: string;
  /** Everybody whose messages the run has had, and the people whose keys those were. */
  readonly callers: ReadonlySet<string>;
  /** Aborts when the run is over. */
  readonly over: AbortSignal;
  /** The grant of its first turn: later ones replace it in its line. */
  grant: GrantRecord | undefined;
  /** Grants of executions that are over: whoever still shows one gets nothing for it. */
  superseded: ReadonlySet<string>;
  /** Calls to other agents so far. */
  calls: number;
  /** Scope requests so far, and those of them that wait for an answer. */
  requests: number;
  readonly openRequests: Set<string>;
  /** What stands in the log before the next event of the run, whoever writes that; taken once. */
  unwritten: readonly TaskEventBody[];
}

export type RunStart = Pick<Run, "orgId" | "taskId" | "contextId" | "agentId" | "agentName" | "principal" | "deadline">;

/** Runs whose agents may ask for something. In memory: a run on this machine ends with this process. */
export class RunRegistry {
  readonly #runs = new Map<string, { readonly run: Run; readonly end: AbortController }>();
  /** Operations under way, by the task's id. */
  readonly #operations = new Map<string, Set<Promise<unknown>>>();

  /** The next turn of a run that is known keeps its counts and its grant. */
  begin(start: RunStart): Run {
    const known = this.#runs.get(start.taskId);
    const end = known?.end ?? new AbortController();
    const callers = new Set([...(known?.run.callers ?? []), ...idsOf(start.principal)]);
    const kept = known?.run ?? {
      calls: 0,
      requests: 0,
      openRequests: new Set<string>(),
      grant: undefined,
      superseded: new Set<string>(),
      unwritten: [],
    };
    const run = { ...kept, ...start, callers, over: end.signal };
    this.#runs.set(start.taskId, { run, end });
    return run;
  }

  find(orgId: string, taskId: string): Run | undefined {
    const run = this.#runs.get(taskId)?.run;
    return run?.orgId === orgId ? run : undefined;
  }

  /** Does what the run asks for, in sight of `settled`. */
  async during<T>(taskId: string, act: () => Promise<T>): Promise<T> {
    const operations = this.#operations.get(taskId) ?? new Set();
    this.#operations.set(taskId, operations);
    const operation = act();
    operations.add(operation);
    try {
      return await operation;
    } finally {
      operations.delete(operation);
      if (operations.size === 0) this.#operations.delete(taskId);
    }
  }

  /** Resolves when what the run has begun until now is done or has failed. */
  async settled(taskId: string): Promise<void> {
    const underWay: readonly Promise<unknown>[] = [...(this.#operations.get(taskId) ?? [])];
    await Promise.allSettled(underWay);
  }

  /** The events that were to come first. */
  take(taskId: string): readonly TaskEventBody[] {
    const run = this.#runs.get(taskId)?.run;
    const bodies = run?.unwritten ?? [];
    if (run !== undefined) run.unwritten = [];
    return bodies;
  }

  /** They could not be written: whoever writes next tries again. */
  giveBack(taskId: string, bodies: readonly TaskEventBody[]): void {
    const run = this.#runs.get(taskId)?.run;
    if (run !== undefined) run.unwritten = [...bodies, ...run.unwritten];
  }

  end(taskId: string): void {
    this.#runs.get(taskId)?.end.abort();
    this.#runs.delete(taskId);
  }
}

/** A principal, and who made it if it is a key. */
export function idsOf({ id, createdBy }: Principal): readonly string[] {
  return createdBy === undefined ? [id] : [id, createdBy];
}
