import { TaskState } from "./a2a.ts";
import type { Artifact, Message, StreamResponse, Task } from "./a2a.ts";
import { isLogOnly } from "./log-entry.ts";
import { addRunUsage, totalUsage } from "./run-usage.ts";
import type { RunUsage } from "./run-usage.ts";
import type { ModelEvent, TaskEvent } from "./task-event.ts";

/** A task as a fold of its events, current to `seq`. `reply` is set when the agent answered with a Message only. */
export interface TaskView {
  readonly seq: number;
  readonly task: Task;
  readonly reply?: Message;
  /** What counts, of the two below: see `totalUsage`. */
  readonly usage?: RunUsage;
  /** As the agent reported it. */
  readonly reported?: RunUsage;
  /** As the platform measured it, where models were called through it. */
  readonly measured?: RunUsage;
}

/**
 * Folds a whole log, in order from seq 1.
 * @throws Error when the log does not begin with `accepted`: that is a bug, not input.
 */
export function foldTask(events: readonly TaskEvent[]): TaskView {
  const [first] = events;
  if (first?.body.kind !== "accepted") throw new Error("a task log begins with its accepted event");
  const fold = new TaskFold(openView(first));
  for (const event of events.slice(1)) fold.apply(event);
  return fold.view;
}

/** A fold that goes on, at the price of each event alone however long the lists have grown that it adds to. */
export class TaskFold {
  #view: TaskView;
  /** Lists made here that nobody else has seen: they grow in place. */
  #own = new WeakSet<readonly unknown[]>();

  constructor(view: TaskView) {
    this.#view = view;
  }

  /** As of now; what is applied later does not change it. */
  get view(): TaskView {
    this.#own = new WeakSet();
    return this.#view;
  }

  get seq(): number {
    return this.#view.seq;
  }

  get state(): TaskState {
    return this.#view.task.status.state;
  }

  get usage(): RunUsage | undefined {
    return this.#view.usage;
  }

  apply(event: TaskEvent): void {
    this.#view = fold(this.#view, event, (list, more) => this.#grow(list, more));
  }

  #grow<T>(list: readonly T[], more: readonly T[]): readonly T[] {
    const own = this.#own.has(list) ? (list as T[]) : [...list]; // made by the line below
    for (const each of more) own.push(each);
    this.#own.add(own);
    return own;
  }
}

/** `list` with `more` behind it. */
type Grow = <T>(list: readonly T[], more: readonly T[]) => readonly T[];

function openView(first: TaskEvent): TaskView {
  if (first.body.kind !== "accepted") throw new Error("a task log begins with its accepted event");
  const { contextId, message, erased } = first.body;
  const { taskId } = first;
  return {
    seq: first.seq,
    task: {
      id: taskId,
      contextId,
      status: { state: TaskState.Submitted, timestamp: first.at },
      artifacts: [],
      history: erased === true ? [] : [{ ...message, taskId, contextId }],
    },
  };
}

export function applyEvent(view: TaskView, event: TaskEvent): TaskView {
  return fold(view, event, (list, more) => [...list, ...more]);
}

function fold(view: TaskView, event: TaskEvent, grow: Grow): TaskView {
  const { task } = view;
  const { body } = event;
  const at = { ...view, seq: event.seq };
  switch (body.kind) {
    case "message":
      return { ...at, task: { ...task, history: grow(task.history ?? [], [body.message]) } };
    case "status": {
      // An entry of the agent's log: what the task is and says stays as it was.
      if (isLogOnly(body.metadata) && body.status.message === undefined && body.status.state === task.status.state) {
        return at;
      }
      // A status message that is replaced moves into the history (A2A 1.0.1 §4.1.2).
      const said = task.status.message;
      const history = said === undefined ? task.history : grow(task.history ?? [], [said]);
      const metadata = body.metadata === undefined ? task.metadata : { ...task.metadata, ...body.metadata };
      return {
        ...at,
        task: {
          ...task,
          status: body.status,
          ...(history === undefined ? {} : { history }),
          ...(metadata === undefined ? {} : { metadata }),
        },
      };
    }
    case "artifact":
      return {
        ...at,
        task: {
          ...task,
          artifacts: mergeArtifact(task.artifacts ?? [], body.artifact, body.append === true ? grow : undefined),
        },
      };
    case "reply":
      return { ...at, reply: body.message };
    case "usage":
      return withUsage(at, body.usage, at.measured);
    case "model":
      return withUsage(at, at.reported, measuredWith(at.measured, body));
    default:
      return at;
  }
}

function withUsage(view: TaskView, reported: RunUsage | undefined, measured: RunUsage | undefined): TaskView {
  const usage = totalUsage(reported, measured);
  return {
    ...view,
    ...(usage === undefined ? {} : { usage }),
    ...(reported === undefined ? {} : { reported }),
    ...(measured === undefined ? {} : { measured }),
  };
}

/** Calls that cost nothing, such as refused ones, change nothing. */
function measuredWith(known: RunUsage | undefined, event: ModelEvent): RunUsage | undefined {
  const { inputTokens, outputTokens, costMicros, model } = event;
  if (inputTokens === 0 && outputTokens === 0 && costMicros === undefined) return known;
  const used = {
    inputTokens,
    outputTokens,
    ...(costMicros === undefined ? {} : { costMicros }),
    models: [model],
  };
  const sum = known === undefined ? used : addRunUsage(known, used);
  // Beyond what any run can use the count stands still.
  return typeof sum === "string" ? known : sum;
}

function mergeArtifact(artifacts: readonly Artifact[], next: Artifact, grow: Grow | undefined): readonly Artifact[] {
  const index = artifacts.findIndex((artifact) => artifact.artifactId === next.artifactId);
  const known = artifacts[index];
  if (known === undefined) return [...artifacts, next];
  const merged = grow === undefined ? next : { ...known, ...next, parts: grow(known.parts, next.parts) };
  return artifacts.with(index, merged);
}

/** The frame a client sees for an event, or undefined for events that clients do not see. */
export function frameOf(event: TaskEvent, contextId: string): StreamResponse | undefined {
  const { body, taskId } = event;
  switch (body.kind) {
    case "status":
      return {
        statusUpdate: {
          taskId,
          contextId,
          status: body.status,
          ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
        },
      };
    case "artifact":
      return {
        artifactUpdate: {
          taskId,
          contextId,
          artifact: body.artifact,
          ...(body.append === undefined ? {} : { append: body.append }),
          ...(body.lastChunk === undefined ? {} : { lastChunk: body.lastChunk }),
          ...(body.metadata === undefined ? {} : { metadata: body.metadata }),
        },
      };
    case "reply":
      return { message: body.message };
    default:
      return undefined;
  }
}

/** The last `length` messages; `undefined` is all, 0 leaves the key out (A2A 1.0.1 §3.2.4). */
export function withHistoryLength(task: Task, length: number | undefined): Task {
  if (length === undefined) return task;
  const { history, ...rest } = task;
  if (length === 0 || history === undefined) return rest;
  return { ...rest, history: history.slice(-length) };
}
