import { isInterrupted, isTerminal } from "@berth/protocol";
import type { StreamResponse, TaskEventBody, TaskState } from "@berth/protocol";
import type { TurnEvent } from "@berth/runtime";
import { markedEvents, withoutMark } from "../steps/marked-frame.ts";
import { eventsOfFrame } from "./agent-frames.ts";
import { UsageReports } from "./agent-usage.ts";
import type { LiveTask } from "./live-task.ts";
import type { RunExecution } from "./turn-runner.ts";

/** Event bodies that wait for the write in flight; beyond it the agent's stream is not read. */
const MAX_PENDING = 256;

/** Collects what a turn yields and writes it in batches. */
export class TurnWriter {
  readonly #task: LiveTask;
  readonly #now: () => Date;
  readonly #usage: UsageReports;
  #sawTask: boolean;
  #pending: TaskEventBody[] = [];
  #flushing: Promise<void> | undefined;
  #failure: { readonly error: unknown } | undefined;
  #state: TaskState | undefined;
  #soon = false;
  #first: () => readonly TaskEventBody[] = () => [];
  readonly #execution: RunExecution | undefined;
  /** Artifacts that this attempt has begun: what an earlier one left of others is not added to. */
  readonly #begun: Set<string> | undefined;
  #suspended = false;

  constructor(task: LiveTask, now: () => Date, execution: RunExecution | undefined) {
    this.#task = task;
    this.#now = now;
    this.#execution = execution;
    const isAgain = execution !== undefined && execution.number > 1;
    const isRepeated = isAgain && !execution.isReplayed;
    this.#usage = new UsageReports(task.view.reported, { again: isAgain, adds: isRepeated });
    this.#begun = isRepeated ? new Set() : undefined;
    this.#sawTask = execution === undefined && task.upstream !== undefined;
  }

  /** The run goes on in another execution, when what it waits for has come. */
  get suspended(): boolean {
    return this.#suspended;
  }

  /** The agent has brought this turn to its end: a terminal or interrupted state. */
  get settled(): boolean {
    return this.#state !== undefined && (isTerminal(this.#state) || isInterrupted(this.#state));
  }

  /** What the agent last reported in this turn. */
  get state(): TaskState | undefined {
    return this.#state;
  }

  /** What `take` gives stands before everything else of this turn. */
  precede(take: () => readonly TaskEventBody[]): void {
    this.#first = take;
  }

  async add(event: TurnEvent): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure.error;
    // A whole Task is compared with the fold, so the fold must be up to date.
    if (event.kind === "frame" && "task" in event.frame && this.#sawTask) await this.flush();
    const bodies = this.#bodiesOf(event);
    this.#state = bodies.findLast((body) => body.kind === "status")?.status.state ?? this.#state;
    this.#pending.push(...bodies);
    // Where the turn runs is for the record: it waits for the first thing that somebody waits for.
    if (event.kind === "frame" || event.kind === "queued") this.#startSoon();
    if (this.#pending.length >= MAX_PENDING) await this.flush();
  }

  async flush(): Promise<void> {
    while (this.#flushing !== undefined || this.#pending.length > 0) {
      this.#start();
      await this.#flushing;
      if (this.#failure !== undefined) throw this.#failure.error;
    }
  }

  /** After this turn of the event loop: frames that came in one read are written in one transaction. */
  #startSoon(): void {
    if (this.#soon || this.#flushing !== undefined) return;
    this.#soon = true;
    setImmediate(() => {
      this.#soon = false;
      this.#start();
    });
  }

  #start(): void {
    if (this.#flushing !== undefined || this.#pending.length === 0 || this.#failure !== undefined) return;
    const bodies = [...this.#first(), ...this.#pending];
    this.#pending = [];
    this.#flushing = this.#task
      .report(bodies)
      .then(
        () => undefined,
        (error: unknown) => {
          this.#failure = { error };
        },
      )
      .finally(() => {
        this.#flushing = undefined;
        this.#start();
      });
  }

  #bodiesOf(event: TurnEvent): readonly TaskEventBody[] {
    if (event.kind === "queued") return [{ kind: "note", name: "queued", data: { position: event.position } }];
    if (event.kind === "instance") return [{ kind: "instance", instanceId: event.instanceId, phase: "assigned" }];
    if (event.kind === "egress") {
      return [{ kind: "egress", ...event.decision }];
    }
    const { frame, mark } = this.#execution?.isReplayed !== true ? { frame: event.frame } : withoutMark(event.frame);
    const ids = { taskId: this.#task.taskId, contextId: this.#task.record.contextId };
    const upstream = this.#sawTask ? undefined : upstreamEvent(frame);
    if (upstream !== undefined) this.#sawTask = true;
    const used = this.#usage.eventsOf(frame);
    const { view, state } = this.#task;
    const said = eventsOfFrame(frame, {
      ids,
      view,
      state: this.#state ?? state,
      sawTask: this.#sawTask,
      now: this.#now,
    });
    const told = this.#begun === undefined ? said : begunAnew(said, frame, this.#begun);
    const before = [...(upstream === undefined ? [] : [upstream]), ...used];
    if (mark === undefined || this.#execution === undefined) return [...before, ...told];
    if (mark.waits !== undefined) this.#suspended = true;
    return [...before, ...markedEvents(told, mark, this.#execution.number)];
  }
}

/** The first chunk of each artifact takes the place of what an attempt before has left of it. */
function begunAnew(
  bodies: readonly TaskEventBody[],
  frame: StreamResponse,
  begun: Set<string>,
): readonly TaskEventBody[] {
  const anew = bodies.map((body): TaskEventBody => {
    if (body.kind !== "artifact" || begun.has(body.artifact.artifactId)) return body;
    const { append: _append, ...whole } = body;
    return whole;
  });
  // A snapshot's that is as it was before is no event, and yet of this attempt.
  for (const { artifactId } of "task" in frame ? (frame.task.artifacts ?? []) : []) begun.add(artifactId);
  for (const body of bodies) if (body.kind === "artifact") begun.add(body.artifact.artifactId);
  return anew;
}

function upstreamEvent(frame: StreamResponse): TaskEventBody | undefined {
  if ("task" in frame) {
    const { id, contextId } = frame.task;
    return { kind: "upstream", taskId: id, ...(contextId === undefined ? {} : { contextId }) };
  }
  if ("statusUpdate" in frame) {
    const { taskId, contextId } = frame.statusUpdate;
    return { kind: "upstream", taskId, contextId };
  }
  if ("artifactUpdate" in frame) {
    const { taskId, contextId } = frame.artifactUpdate;
    return { kind: "upstream", taskId, contextId };
  }
  return undefined;
}
