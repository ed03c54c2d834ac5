import {
  DURABLE_EXTENSION,
  PlatformError,
  RUN_USAGE_EXTENSION,
  TaskState,
  addRunUsage,
  applyEvent,
  frameOf,
  isInterrupted,
  isTerminal,
} from "@berth/protocol";
import type {
  EmissionMark,
  JsonObject,
  Message,
  RunUsage,
  StreamResponse,
  Task,
  TaskEventBody,
  TaskStatus,
  TaskView,
} from "@berth/protocol";
import { TaskCanceledError } from "../context.ts";
import { SteeringInbox } from "./steering-inbox.ts";

/** Somebody who watches a task. */
export interface TaskListener {
  frame(frame: StreamResponse, seq: number): void;
  /** Nothing more will come. */
  end(): void;
  /** Resolves when the listener can take more; undefined when it can now. */
  drained?(): Promise<void> | undefined;
}

/** What is put to the caller where an execution ends. */
export interface Asked {
  readonly state: TaskState;
  readonly message: Message;
  readonly mark: EmissionMark;
}

export interface LiveTaskOptions {
  readonly id: string;
  readonly contextId: string;
  readonly message: Message;
  readonly now: () => number;
  /** Called when the task becomes known: from then on it can be read and canceled. */
  readonly onReveal: (task: LiveTask) => void;
  readonly onTerminal: (task: LiveTask) => void;
}

/**
 * One task while it lives and after. 1. Hidden: nobody knows it, a `reply` can still take its place. 2. Revealed by its
 * first event, or by `reveal`: listeners get the task, then every event in order. 3. Ended by a terminal state: nothing
 * changes any more. Suspended runs wait in `question`.
 */
export class LiveTask {
  readonly id: string;
  readonly contextId: string;
  readonly #options: LiveTaskOptions;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<TaskListener>();
  /** Messages into the running turn. */
  readonly steering: SteeringInbox = new SteeringInbox((message) => this.#remember(message));
  #view: TaskView;
  #phase: "hidden" | "revealed" | "replied" | "left" = "hidden";
  /** Of a durable run: which emission the next one is; undefined: callers have seen it. */
  mark: (() => EmissionMark | undefined) | undefined;
  #question: { readonly resolve: (answer: Message) => void; readonly reject: (error: Error) => void } | undefined;
  /** Scope requests that somebody else is to decide on. */
  #approvals = 0;
  #approximateBytes = 0;

  constructor(options: LiveTaskOptions) {
    const { id, contextId, message } = options;
    this.id = id;
    this.contextId = contextId;
    this.#options = options;
    this.#view = {
      seq: 1,
      task: {
        id,
        contextId,
        status: { state: TaskState.Working, timestamp: this.#now() },
        artifacts: [],
        history: [{ ...message, taskId: id, contextId }],
      },
    };
    this.#approximateBytes = sizeOf(message);
  }

  get task(): Task {
    return this.#view.task;
  }

  get seq(): number {
    return this.#view.seq;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isOver(): boolean {
    return this.#phase === "replied" || this.#phase === "left" || isTerminal(this.task.status.state);
  }

  /** The turn is over: the agent waits for the caller, or is done. */
  get isTurnOver(): boolean {
    return this.isOver || isInterrupted(this.task.status.state);
  }

  get isRevealed(): boolean {
    return this.#phase === "revealed";
  }

  get approximateBytes(): number {
    return this.#approximateBytes;
  }

  /** A listener of a revealed task gets it at once, current to now. */
  listen(listener: TaskListener): () => void {
    if (this.#phase === "revealed") listener.frame({ task: this.task }, this.seq);
    if (this.#endsStream()) {
      listener.end();
      return () => undefined;
    }
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  reveal(): void {
    if (this.#phase !== "hidden") return;
    this.#phase = "revealed";
    this.#options.onReveal(this);
    this.#broadcast({ task: this.task });
  }

  /** @throws TaskCanceledError when the task is over: whoever still works for it should stop. */
  emit(body: TaskEventBody): void {
    if (this.isOver) throw new TaskCanceledError("The task is over.");
    const marked = this.#marked(body);
    if (marked !== undefined) this.#emit(marked);
  }

  #emit(body: TaskEventBody): void {
    this.reveal();
    const event = { taskId: this.id, seq: this.seq + 1, at: this.#now(), body };
    this.#view = applyEvent(this.#view, event);
    this.#approximateBytes += sizeOf(body);
    const frame = frameOf(event, this.contextId);
    if (frame !== undefined) this.#broadcast(frame);
    if (this.isOver) this.steering.close();
    else if (this.isTurnOver) this.steering.refuse();
    if (isTerminal(this.task.status.state)) this.#options.onTerminal(this);
    if (this.#endsStream()) this.#end();
  }

  setStatus(state: TaskState, message?: Message): void {
    const status: TaskStatus = { state, timestamp: this.#now(), ...(message === undefined ? {} : { message }) };
    const { metadata } = this;
    this.emit({ kind: "status", status, ...(metadata === undefined ? {} : { metadata }) });
  }

  /** What the task's listeners have to know of its use: the totals so far. */
  get metadata(): JsonObject | undefined {
    const { usage } = this.#view;
    return usage === undefined ? undefined : { [RUN_USAGE_EXTENSION]: { ...usage } };
  }

  /** Said at once where somebody listens, and with every status. @throws Error when the sum is more than a run can use. */
  addUsage(used: RunUsage): void {
    if (this.isOver) throw new TaskCanceledError("The task is over.");
    const usage = addRunUsage(this.#view.usage ?? { inputTokens: 0, outputTokens: 0 }, used);
    if (typeof usage === "string") throw new Error(`This task has used more than a run can: ${usage}.`);
    const event = { taskId: this.id, seq: this.seq + 1, at: this.#now(), body: { kind: "usage", usage } } as const;
    this.#view = applyEvent(this.#view, event);
    const { metadata = {} } = this;
    this.#view = { ...this.#view, task: { ...this.task, metadata: { ...this.task.metadata, ...metadata } } };
    if (!this.isRevealed || this.isTurnOver) return;
    const { message: _said, ...status } = this.task.status;
    this.#broadcast({ statusUpdate: { taskId: this.id, contextId: this.contextId, status, metadata } });
  }

  /** Takes the place of the task, which nobody has seen. False when it is too late for that. */
  reply(message: Message): boolean {
    if (this.#phase !== "hidden") return false;
    this.#phase = "replied";
    this.steering.close();
    const metadata = { ...message.metadata, ...this.metadata };
    this.#broadcast({ message: Object.keys(metadata).length === 0 ? message : { ...message, metadata } });
    this.#end();
    return true;
  }

  /** INPUT_REQUIRED or AUTH_REQUIRED, until the next message of this task. */
  question(state: TaskState, message: Message): Promise<Message> {
    if (this.#question !== undefined)
      throw new Error("This task waits for an answer already; ask one thing at a time.");
    return new Promise((resolve, reject) => {
      this.#question = { resolve, reject };
      this.setStatus(state, message);
    });
  }

  /** AUTH_REQUIRED while `decided` goes on: somebody else answers, by another way. */
  async awaitApproval(message: Message, decided: () => Promise<void>): Promise<void> {
    this.#approvals += 1;
    try {
      this.setStatus(TaskState.AuthRequired, message);
      await decided();
    } finally {
      this.#approvals -= 1;
      if (!this.isOver && this.#approvals === 0 && this.#question === undefined) this.setStatus(TaskState.Working);
    }
  }

  /** The caller's next message. @throws UNSUPPORTED_OPERATION when the task is over, or busy: one turn at a time. */
  answer(message: Message): void {
    const question = this.#question;
    if (question === undefined && this.#approvals > 0 && !this.isOver) {
      // Heard, and no approval: that is not the caller's to give.
      this.emit({ kind: "message", message: { ...message, taskId: this.id, contextId: this.contextId } });
      return;
    }
    if (question === undefined || this.isOver) {
      const why = this.isOver ? `is ${this.task.status.state}` : "is still working on the previous message";
      throw new PlatformError("UNSUPPORTED_OPERATION", `Task ${this.id} ${why} and takes no further message.`);
    }
    this.#question = undefined;
    // In this order the question moves into the history before its answer does.
    this.setStatus(TaskState.Working);
    this.#remember(message);
    question.resolve(message);
  }

  /**
   * The run goes on in another execution, when one of these operations is over. @throws TaskCanceledError as `emit`
   */
  suspend(waits: readonly string[], asked?: Asked): void {
    if (this.isOver) throw new TaskCanceledError("The task is over.");
    const metadata = { [DURABLE_EXTENSION]: { scope: "", n: 0, ...asked?.mark, waits } };
    const status = { state: asked?.state ?? TaskState.Working, timestamp: this.#now() };
    const said = asked === undefined ? {} : { message: asked.message };
    this.#emit({ kind: "status", status: { ...status, ...said }, metadata });
    this.leave();
  }

  /** Another execution has this one's place. */
  leave(): void {
    if (this.isOver) return;
    this.#phase = "left";
    this.steering.close();
    this.#options.onTerminal(this);
    this.#end();
  }

  cancel(): void {
    this.setStatus(TaskState.Canceled);
    const error = new TaskCanceledError("The task was canceled.");
    this.#question?.reject(error);
    this.#question = undefined;
    this.#abort.abort(error);
  }

  /** Resolves when every listener can take more: the agent goes at the pace of its slowest reader. */
  async flowed(): Promise<void> {
    for (const listener of this.#listeners) await listener.drained?.();
    if (this.#abort.signal.aborted) throw new TaskCanceledError("The task was canceled.");
  }

  /** With the mark of what is shown; undefined when callers have seen it. The end of the task has none. */
  #marked(body: TaskEventBody): TaskEventBody | undefined {
    if (body.kind !== "artifact" && body.kind !== "status") return body;
    if (this.mark === undefined || (body.kind === "status" && isTerminal(body.status.state))) return body;
    const mark = this.mark();
    return mark === undefined
      ? undefined
      : { ...body, metadata: { ...body.metadata, [DURABLE_EXTENSION]: { ...mark } } };
  }

  #remember(message: Message): void {
    this.emit({ kind: "message", message: { ...message, taskId: this.id, contextId: this.contextId } });
  }

  /** A stream stays open on AUTH_REQUIRED: the credential may arrive out of band (A2A 1.0.1 §7.6.1). */
  #endsStream(): boolean {
    return this.isOver || this.task.status.state === TaskState.InputRequired;
  }

  #broadcast(frame: StreamResponse): void {
    for (const listener of this.#listeners) listener.frame(frame, this.seq);
  }

  #end(): void {
    const listeners = [...this.#listeners];
    this.#listeners.clear();
    for (const listener of listeners) listener.end();
  }

  #now(): string {
    return new Date(this.#options.now()).toISOString();
  }
}

/** Near enough to bound memory; exact would mean to serialize everything twice. */
function sizeOf(value: unknown): number {
  if (typeof value === "string") return value.length;
  if (typeof value !== "object" || value === null) return 8;
  let size = 32;
  for (const member of Object.values(value)) size += sizeOf(member);
  return size;
}
