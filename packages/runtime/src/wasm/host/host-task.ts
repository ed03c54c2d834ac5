import { randomUUID } from "node:crypto";
import type { Artifact, JsonObject, Message, Part, StreamResponse, Task, TaskState } from "@berth/protocol";

/** One who follows a task. */
export interface Follower {
  frame(frame: StreamResponse): void;
  /** The turn is over: the task rests, or has ended. */
  turnOver(): void;
  /** Resolves when it can take more. */
  drained(): Promise<void>;
}

const TERMINAL: ReadonlySet<TaskState> = new Set<TaskState>([
  "TASK_STATE_COMPLETED",
  "TASK_STATE_FAILED",
  "TASK_STATE_CANCELED",
  "TASK_STATE_REJECTED",
]);

/** A2A's view of one call of a module, over all its questions. */
export class HostTask {
  readonly id: string = randomUUID();
  readonly contextId: string;
  readonly message: Message;
  readonly #abort = new AbortController();
  readonly #followers = new Set<Follower>();
  readonly #artifacts = new Map<string, Artifact>();
  #state: TaskState = "TASK_STATE_SUBMITTED";
  #said: Message | undefined;
  #question: ((answer: Message) => void) | undefined;

  constructor(message: Message) {
    this.message = message;
    this.contextId = message.contextId ?? randomUUID();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  get isOver(): boolean {
    return TERMINAL.has(this.#state);
  }

  get isTurnOver(): boolean {
    return this.isOver || this.#state === "TASK_STATE_INPUT_REQUIRED";
  }

  snapshot(): Task {
    return {
      id: this.id,
      contextId: this.contextId,
      status: this.#status(),
      ...(this.#artifacts.size === 0 ? {} : { artifacts: [...this.#artifacts.values()] }),
    };
  }

  /** Returns the function that ends it. */
  follow(follower: Follower): () => void {
    this.#followers.add(follower);
    return () => this.#followers.delete(follower);
  }

  setState(state: TaskState, said?: Message, metadata?: JsonObject): void {
    if (this.isOver) return;
    this.#state = state;
    this.#said = said;
    const about = { taskId: this.id, contextId: this.contextId };
    this.#tell({ statusUpdate: { ...about, status: this.#status(), ...(metadata === undefined ? {} : { metadata }) } });
    if (this.isTurnOver) for (const follower of this.#followers) follower.turnOver();
  }

  addArtifact(artifact: Artifact, options: { readonly append?: boolean; readonly lastChunk?: boolean }): void {
    if (this.isOver) return;
    const before = this.#artifacts.get(artifact.artifactId);
    const parts =
      options.append === true && before !== undefined ? [...before.parts, ...artifact.parts] : artifact.parts;
    this.#artifacts.set(artifact.artifactId, { ...artifact, parts });
    this.#tell({ artifactUpdate: { taskId: this.id, contextId: this.contextId, artifact, ...options } });
  }

  /** A message of the agent's in this task. */
  say(parts: readonly Part[], metadata?: JsonObject): Message {
    return {
      messageId: randomUUID(),
      role: "ROLE_AGENT",
      taskId: this.id,
      contextId: this.contextId,
      parts,
      ...(metadata === undefined ? {} : { metadata }),
    };
  }

  /** The task rests until its caller answers. */
  ask(question: Message): Promise<Message> {
    return new Promise((resolve) => {
      this.#question = resolve;
      this.setState("TASK_STATE_INPUT_REQUIRED", question);
    });
  }

  /** False when nothing was asked. */
  answer(message: Message): boolean {
    const resolve = this.#question;
    if (resolve === undefined || this.isOver) return false;
    this.#question = undefined;
    this.setState("TASK_STATE_WORKING");
    resolve(message);
    return true;
  }

  cancel(): void {
    this.setState("TASK_STATE_CANCELED");
    this.#abort.abort(new Error("The task was canceled."));
  }

  /** The agent goes at the pace of its slowest reader. */
  async flowed(): Promise<void> {
    await Promise.all([...this.#followers].map(async (follower) => await follower.drained()));
  }

  #status(): Task["status"] {
    const message = this.#said;
    return {
      state: this.#state,
      timestamp: new Date().toISOString(),
      ...(message === undefined ? {} : { message }),
    };
  }

  #tell(frame: StreamResponse): void {
    for (const follower of this.#followers) follower.frame(frame);
  }
}
