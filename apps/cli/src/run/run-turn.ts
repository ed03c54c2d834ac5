import { PlatformError } from "@berth/protocol";
import type { Message, StreamResponse } from "@berth/protocol";
import type { AgentClient } from "@berth/sdk/client";
import type { Io } from "../io.ts";
import { foldFrame } from "./run-state.ts";
import type { RunState } from "./run-state.ts";

export interface TurnOptions {
  readonly agent: AgentClient;
  readonly message: Message;
  /** What is known of the task that the message continues. */
  readonly from: RunState;
  readonly io: Io;
  readonly onFrame: (frame: StreamResponse) => void;
  readonly progress: (text: string) => void;
  /** Aborts when the caller's time is over; the task itself goes on. */
  readonly deadline?: AbortSignal;
}

/**
 * Sends one message and follows its turn to the end. The first Ctrl-C cancels the task and waits for its end, the
 * second gives up waiting.
 * @throws TIMED_OUT by the deadline, CANCELED by Ctrl-C.
 */
export async function runTurn(options: TurnOptions): Promise<RunState> {
  const { agent, io, deadline } = options;
  const stop = new AbortController();
  let state = options.from;
  let isCanceling = false;
  const onInterrupt = (): void => {
    const taskId = state.task?.id;
    if (isCanceling || taskId === undefined) return stop.abort();
    isCanceling = true;
    options.progress("canceling the task; Ctrl-C again stops waiting for it");
    // Refused when the task just ended: then the stream ends as well.
    agent.cancel(taskId, { timeoutMs: 10_000 }).catch((error: unknown) => {
      if (!(error instanceof PlatformError && error.reason === "TASK_NOT_CANCELABLE")) stop.abort();
    });
  };
  const unlisten = io.onInterrupt(onInterrupt);
  const signal = deadline === undefined ? stop.signal : AbortSignal.any([stop.signal, deadline]);
  try {
    const frames = agent.stream({ message: options.message }, { signal });
    for await (const frame of frames) {
      state = foldFrame(state, frame);
      options.onFrame(frame);
    }
    return state;
  } catch (error) {
    if (deadline?.aborted === true) throw timedOut(state, error);
    throw error;
  } finally {
    unlisten();
  }
}

function timedOut({ task }: RunState, cause: unknown): PlatformError {
  const hint =
    task === undefined
      ? "Whether the agent got the call is not known: `a2a tasks list` shows it."
      : `The task goes on: \`a2a tasks show ${task.id}\` shows it, \`a2a tasks cancel ${task.id}\` ends it.`;
  return new PlatformError("TIMED_OUT", "The call did not end in the time given.", { cause, hint });
}
