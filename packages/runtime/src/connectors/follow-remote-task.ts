import { isPlatformError } from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";
import { pause } from "../pool/timers.ts";
import { remoteUnresponsive } from "./remote-agent.ts";
import type { RemoteAgent } from "./remote-agent.ts";
import { placeAfter, remoteExchange } from "./remote-exchange.ts";
import type { ExchangeOptions, TaskPlace } from "./remote-exchange.ts";
import { successOf } from "./turn-frames.ts";

const GET_TIMEOUT_MS = 10_000;
const MAX_TRIES = 5;
const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 4_000;

/**
 * A task that runs at an agent elsewhere, from what it is now to where it rests. Each round gets the task, so that
 * nothing sent while we were not listening is missed, and then listens; an agent that offers no stream of a running task
 * is asked again and again.
 * @throws PlatformError AGENT_UNRESPONSIVE after five failures in a row, else as a turn does.
 */
export async function* followRemoteTask(
  agent: RemoteAgent,
  taskId: string,
  options: ExchangeOptions,
): AsyncGenerator<StreamResponse, void> {
  const { http, wire } = agent;
  const { budget, timers, signal } = options;
  let subscribes = wire.streaming;
  let failures = 0;
  let waitMs = FIRST_WAIT_MS;
  let last: Buffer | undefined;
  for (;;) {
    let listening = false;
    let place: TaskPlace = { taskId, atRest: false };
    try {
      const answer = await http.request(wire.get(taskId), { timeoutMs: GET_TIMEOUT_MS, signal });
      const frame = wire.task(successOf(answer));
      failures = 0;
      place = placeAfter(place, frame);
      if (last?.equals(answer.body) !== true) {
        budget.take(answer.body.length);
        yield frame;
      }
      last = answer.body;
      if (place.atRest) return;
      listening = subscribes;
      if (listening) {
        for await (const heard of remoteExchange(agent, wire.subscribe(taskId), options)) {
          place = placeAfter(place, heard);
          // A stream begins with the task as it is: only more than that is progress.
          if (!("task" in heard)) waitMs = FIRST_WAIT_MS;
          yield heard;
        }
        if (place.atRest) return;
      }
    } catch (error) {
      if (signal.aborted || place.atRest) throw error;
      if (isConnectionLoss(error)) {
        failures += 1;
        if (failures >= MAX_TRIES) throw remoteUnresponsive(agent, `was lost: ${MAX_TRIES} tries failed`, error);
      } else if (listening && isAgentError(error)) {
        // No such method, or the task ended between the two questions: the next get knows.
        subscribes = false;
      } else {
        throw error;
      }
    }
    await pause(timers, waitMs, signal);
    waitMs = Math.min(LONGEST_WAIT_MS, waitMs * 2);
  }
}

/** What may be better in a moment: a broken connection, or somebody in between who says so. */
export function isConnectionLoss(error: unknown): boolean {
  if (!isPlatformError(error)) return false;
  if (error.reason === "AGENT_UNRESPONSIVE") return true;
  if (error.reason === "AGENT_UNREACHABLE") return error.metadata["link"] === "lost";
  return error.reason === "AGENT_ERROR" && Number(error.metadata["agentStatus"] ?? 0) >= 500;
}

function isAgentError(error: unknown): boolean {
  return isPlatformError(error) && error.reason === "AGENT_ERROR";
}
