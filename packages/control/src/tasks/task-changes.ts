import type { Principal, ScopeRequestEvent, TaskEvent, TaskState } from "@berth/protocol";
import { authorize, mayActOn } from "../auth/authorize.ts";

/** A task has moved: what a list shows of it. */
export interface TaskChange {
  readonly type: "task";
  readonly taskId: string;
  readonly contextId: string;
  readonly agent: string;
  readonly release: string;
  readonly state: TaskState;
  readonly seq: number;
  readonly at: string;
}

/** A request for more than a run's grant was made, or is over. */
export interface ApprovalChange {
  readonly type: "approval";
  readonly approvalId: string;
  readonly taskId: string;
  readonly agent: string;
  readonly phase: ScopeRequestEvent["phase"];
  readonly at: string;
}

/** What came since the last time: of each task the newest. `skipped`: there was no room for that many. */
export interface Changes<C> {
  readonly changes: readonly C[];
  readonly skipped: number;
}

/** Tasks and approvals as they move in this process, for whoever may see them. Nothing is kept: lists are read first. */
export interface TaskChanges {
  /** One's own tasks, or with `task.read_all` everybody's; ends with the signal. */
  tasks(principal: Principal, signal: AbortSignal): AsyncIterable<Changes<TaskChange>>;
  /** Needs `approval.read`. @throws PERMISSION_DENIED */
  approvals(principal: Principal, signal: AbortSignal): AsyncIterable<Changes<ApprovalChange>>;
}

/** What is told of a task that has new events, durably. */
export interface MovedTask {
  readonly taskId: string;
  readonly state: TaskState;
  readonly seq: number;
  readonly record: {
    readonly orgId: string;
    readonly contextId: string;
    readonly releaseId: string;
    readonly principalId: string;
  };
  readonly accepted: { readonly agentName: string };
}

/** Things one reader has not been told of yet. */
const MAX_WAITING = 1_000;

export class TaskChangeHub implements TaskChanges {
  readonly #tasks = new Readers<TaskChange>();
  readonly #approvals = new Readers<ApprovalChange>();

  /** On the path of every event: cheap, never throws. */
  moved({ taskId, state, seq, record, accepted }: MovedTask, events: readonly TaskEvent[]): void {
    const last = events.at(-1);
    if (last === undefined) return;
    const { orgId, contextId, releaseId, principalId } = record;
    const { agentName: agent } = accepted;
    const whose = { orgId, agent, principalId };
    if (this.#tasks.any) {
      const change = { type: "task", taskId, contextId, agent, release: releaseId, state, seq, at: last.at } as const;
      this.#tasks.tell(whose, taskId, change);
    }
    if (!this.#approvals.any) return;
    for (const { at, body } of events) {
      if (body.kind !== "scope_request") continue;
      const { approvalId, phase } = body;
      this.#approvals.tell(whose, approvalId, { type: "approval", approvalId, taskId, agent, phase, at });
    }
  }

  tasks(principal: Principal, signal: AbortSignal): AsyncIterable<Changes<TaskChange>> {
    return this.#tasks.open((whose) => maySee(principal, whose), signal);
  }

  approvals(principal: Principal, signal: AbortSignal): AsyncIterable<Changes<ApprovalChange>> {
    authorize(principal, "approval.read");
    return this.#approvals.open(({ orgId }) => orgId === principal.orgId, signal);
  }
}

interface Whose {
  readonly orgId: string;
  readonly agent: string;
  readonly principalId: string;
}

/** As `maySee` of tasks, by the agent's name. */
function maySee(principal: Principal, { orgId, agent, principalId }: Whose): boolean {
  if (!mayActOn(principal, "task.read_all", { orgId, ownerId: principalId })) return false;
  return principal.agents?.includes(agent) ?? true;
}

interface Reader<C> {
  readonly wants: (whose: Whose) => boolean;
  /** By what they are of; a newer one takes the older one's place. */
  readonly waiting: Map<string, C>;
  skipped: number;
  wake: () => void;
}

class Readers<C> {
  readonly #readers = new Set<Reader<C>>();

  get any(): boolean {
    return this.#readers.size > 0;
  }

  tell(whose: Whose, key: string, change: C): void {
    for (const reader of this.#readers) {
      if (!reader.wants(whose)) continue;
      const { waiting } = reader;
      waiting.delete(key);
      waiting.set(key, change);
      const [oldest] = waiting.keys();
      if (waiting.size > MAX_WAITING && oldest !== undefined) {
        waiting.delete(oldest);
        reader.skipped += 1;
      }
      reader.wake();
    }
  }

  /** Counts from this call on, not from the first reading. */
  open(wants: Reader<C>["wants"], signal: AbortSignal): AsyncIterable<Changes<C>> {
    const reader: Reader<C> = { wants, waiting: new Map(), skipped: 0, wake: () => undefined };
    if (!signal.aborted) this.#readers.add(reader);
    const end = (): void => {
      this.#readers.delete(reader);
      reader.wake();
    };
    signal.addEventListener("abort", end, { once: true });
    return read(reader, signal);
  }
}

async function* read<C>(reader: Reader<C>, signal: AbortSignal): AsyncGenerator<Changes<C>> {
  while (!signal.aborted) {
    if (reader.waiting.size === 0) {
      await new Promise<void>((resolve) => (reader.wake = resolve));
      continue;
    }
    const changes = [...reader.waiting.values()];
    const { skipped } = reader;
    reader.waiting.clear();
    reader.skipped = 0;
    yield { changes, skipped };
  }
}
