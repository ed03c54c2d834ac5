import type { StreamResponse } from "@berth/protocol";
import { isInterrupted, isTerminal } from "@berth/protocol";
import { isFinal } from "@berth/protocol/wire/v0_3";
import { abortError } from "../pool/abort-error.ts";
import { pause } from "../pool/timers.ts";
import type { Timers } from "../pool/timers.ts";
import type { AgentRequest } from "./agent-wire.ts";
import type { ByteBudget } from "./byte-budget.ts";
import { remoteUnresponsive } from "./remote-agent.ts";
import type { RemoteAgent } from "./remote-agent.ts";
import { turnFrames } from "./turn-frames.ts";
import { TurnInbox } from "./turn-inbox.ts";

/** How long the end of a stream may lag behind the frame that ends its turn. */
const LINGER_MS = 1_000;
/** A quarter of a minute in all; engines are up in five seconds. */
const FIRST_EMPTY_WAIT_MS = 500;
const LAST_EMPTY_WAIT_MS = 8_000;

export interface ExchangeOptions {
  readonly budget: ByteBudget;
  readonly timers: Timers;
  readonly signal: AbortSignal;
}

/** One request to an agent elsewhere and all that comes back. The connection ends with it. */
export async function* remoteExchange(
  { http, wire }: RemoteAgent,
  request: AgentRequest,
  { budget, timers, signal }: ExchangeOptions,
): AsyncGenerator<StreamResponse, void> {
  const inbox = new TurnInbox();
  const onAbort = (): void => inbox.fail(abortError(signal));
  signal.addEventListener("abort", onAbort, { once: true });
  let cancelLinger = (): void => {};
  try {
    if (signal.aborted) throw abortError(signal);
    http.dispatch(request, inbox, { patient: !wire.streaming });
    for await (const event of turnFrames({ http, wire, inbox, timers, signal, budget })) {
      if (event.kind !== "frame") continue;
      cancelLinger();
      cancelLinger = isFinal(event.frame) ? timers.after(LINGER_MS, () => inbox.finish()) : () => {};
      yield event.frame;
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
    cancelLinger();
    inbox.finish();
  }
}

/**
 * The same, sent again while nothing at all comes back: something in front of an agent that is not up yet may answer for
 * it with a stream that has no line. @throws PlatformError AGENT_UNRESPONSIVE when that goes on
 */
export async function* answeredExchange(
  agent: RemoteAgent,
  request: AgentRequest,
  options: ExchangeOptions,
): AsyncGenerator<StreamResponse, void> {
  for (let waitMs = FIRST_EMPTY_WAIT_MS; ; waitMs *= 2) {
    let isAnswered = false;
    for await (const frame of remoteExchange(agent, request, options)) {
      isAnswered = true;
      yield frame;
    }
    if (isAnswered || agent.wire.lines !== true) return;
    if (waitMs > LAST_EMPTY_WAIT_MS) throw remoteUnresponsive(agent, "answers with empty streams");
    await pause(options.timers, waitMs, options.signal);
  }
}

/** Where a task is after some frames of it. */
export interface TaskPlace {
  readonly taskId?: string;
  /** It waits for somebody, is over, or was answered without a task: nothing more will come by itself. */
  readonly atRest: boolean;
}

export function placeAfter(place: TaskPlace, frame: StreamResponse): TaskPlace {
  if ("message" in frame) return { ...place, atRest: place.taskId === undefined || place.atRest };
  if ("artifactUpdate" in frame) return { ...place, taskId: frame.artifactUpdate.taskId };
  const { taskId, state } =
    "task" in frame
      ? { taskId: frame.task.id, state: frame.task.status.state }
      : { taskId: frame.statusUpdate.taskId, state: frame.statusUpdate.status.state };
  return { taskId, atRest: isTerminal(state) || isInterrupted(state) };
}
