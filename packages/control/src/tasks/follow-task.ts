import { PlatformError, TaskState, TaskFold, foldTask, frameOf, isTerminal } from "@berth/protocol";
import type { SequencedFrame, TaskEvent, TaskView } from "@berth/protocol";
import { isVisible } from "./live-task.ts";
import type { LiveTask } from "./live-task.ts";
import type { FollowOptions } from "./task-engine.ts";

/**
 * Where a stream ends. The stream of a send ends with its turn: at a terminal state or INPUT_REQUIRED (A2A 1.0.1
 * §11.7). A subscription ends with the task (§3.1.6): who subscribes to a task that waits for an answer wants to see
 * what comes after it. Both stay open on AUTH_REQUIRED (§7.6.1).
 */
type StreamEnd = "turn" | "task";

/** @throws UNSUPPORTED_OPERATION for a task that is over, when neither a place in its log nor a turn is named */
export async function* framesFor(
  task: LiveTask,
  { after, turn, signal }: FollowOptions,
): AsyncGenerator<SequencedFrame> {
  if (after !== undefined) yield* framesAfter(task, after, "task", signal);
  else if (turn !== undefined) yield* framesOfTurn(task, turn.seq, signal);
  else if (isTerminal(task.state)) {
    throw new PlatformError("UNSUPPORTED_OPERATION", `This task is over (${task.state}); there is nothing to follow.`, {
      hint: "Get the task, or resume its stream with Last-Event-ID or ?after=0.",
    });
  } else yield* snapshotThenFrames(task, task.view, "task", signal);
}

/** Frames of a task from the log: those of events with seq > `after`, then live ones. */
async function* framesAfter(
  task: LiveTask,
  after: number,
  end: StreamEnd,
  signal: AbortSignal | undefined,
): AsyncGenerator<SequencedFrame> {
  for await (const event of eventsFrom(task, { after, signal })) {
    const frame = frameOf(event, task.record.contextId);
    if (frame !== undefined) yield { seq: event.seq, frame };
    if (endsTurn(event) && end === "turn") return;
  }
}

/** Events with seq > `after`, then live ones, until the task is over. */
export async function* eventsFrom(
  task: LiveTask,
  { after, signal }: { readonly after: number; readonly signal?: AbortSignal | undefined },
): AsyncGenerator<TaskEvent> {
  let seq = after;
  // Watching from here on keeps the task in memory while its reader is slow.
  const off = task.onMoved(() => undefined);
  try {
    while (signal?.aborted !== true) {
      const events = await task.eventsAfter(seq);
      for (const event of events) {
        ({ seq } = event);
        yield event;
      }
      if (events.length > 0 || task.seq > seq) continue;
      if (isTerminal(task.state)) return;
      await task.moved(seq, signal);
    }
  } finally {
    off();
  }
}

/** Task first, then its updates; the snapshot is the task as of `seq`. */
async function* snapshotThenFrames(
  task: LiveTask,
  snapshot: TaskView,
  end: StreamEnd,
  signal: AbortSignal | undefined,
): AsyncGenerator<SequencedFrame> {
  yield { seq: snapshot.seq, frame: { task: snapshot.task } };
  yield* framesAfter(task, snapshot.seq, end, signal);
}

/**
 * The stream of one accepted send. An agent may answer with a Message and make no task; a stream is one or the other,
 * so the first frame waits until the agent has shown which.
 */
async function* framesOfTurn(
  task: LiveTask,
  seq: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SequencedFrame> {
  const opening = await openingOf(task, seq, signal);
  if (opening === undefined) return;
  if (opening.body.kind === "reply") {
    yield { seq: opening.seq, frame: { message: opening.body.message } };
    return;
  }
  yield* snapshotThenFrames(task, await viewAt(task, seq), "turn", signal);
}

/** The first event after `seq` that shows whether there is a task: its upstream ids, something visible, or the reply. */
async function openingOf(task: LiveTask, seq: number, signal: AbortSignal | undefined): Promise<TaskEvent | undefined> {
  let after = seq;
  while (signal?.aborted !== true) {
    const events = await task.eventsAfter(after);
    const opening = events.find((event) => event.body.kind === "upstream" || isVisible(event));
    if (opening !== undefined) return opening;
    after = events.at(-1)?.seq ?? after;
    if (events.length === 0) await task.moved(after, signal);
  }
  return undefined;
}

/** The fold of the events up to `seq`. */
async function viewAt(task: LiveTask, seq: number): Promise<TaskView> {
  if (task.seq === seq) return task.view;
  const events = await task.eventsAfter(0);
  const fold = new TaskFold(foldTask(events.filter((event) => event.seq <= seq)));
  while (fold.seq < seq) {
    const more = await task.eventsAfter(fold.seq);
    if (more.length === 0) break;
    for (const event of more) if (event.seq <= seq) fold.apply(event);
  }
  return fold.view;
}

function endsTurn(event: TaskEvent): boolean {
  if (event.body.kind !== "status") return false;
  const { state } = event.body.status;
  return isTerminal(state) || state === TaskState.InputRequired;
}

/** Until it is so, the time is over, or `signal` fires. */
export async function waitUntil(
  task: LiveTask,
  isSo: () => boolean,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  const timeout = AbortSignal.timeout(timeoutMs);
  const ended = signal === undefined ? timeout : AbortSignal.any([signal, timeout]);
  const off = task.onMoved(() => undefined);
  try {
    while (!ended.aborted && !isSo()) await task.moved(task.seq, ended);
  } finally {
    off();
  }
}
