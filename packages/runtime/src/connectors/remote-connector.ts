import { PlatformError } from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";
import type { AgentConnector, ReadCard, Turn, TurnEvent } from "../agent-connector.ts";
import type { OutboundHttp } from "../outbound/outbound-http.ts";
import type { Timers } from "../pool/timers.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { ByteBudget } from "./byte-budget.ts";
import { followRemoteTask, isConnectionLoss } from "./follow-remote-task.ts";
import { readPlacedCard } from "./placed-card.ts";
import { toRemoteAgent } from "./remote-agent.ts";
import type { RemoteAgent } from "./remote-agent.ts";
import { readRemoteCard } from "./remote-card.ts";
import { answeredExchange, placeAfter } from "./remote-exchange.ts";
import type { ExchangeOptions, TaskPlace } from "./remote-exchange.ts";
import { foreignTurnRequest, turnRequest, withTrace } from "./turn-message.ts";

const CANCEL_TIMEOUT_MS = 5_000;
/** All of it ends up in our log, and nobody here watches what an agent elsewhere costs. */
const MAX_TURN_MIB = 64;

export interface RemoteConnectorOptions {
  readonly outbound: OutboundHttp;
  readonly timers: Timers;
  readonly log: (line: string) => void;
}

/** Carries turns to A2A servers elsewhere. Has no state: what a task needs is in the task's own record. */
export class RemoteConnector implements AgentConnector {
  readonly #outbound: OutboundHttp;
  readonly #timers: Timers;
  readonly #log: (line: string) => void;

  constructor({ outbound, timers, log }: RemoteConnectorOptions) {
    this.#outbound = outbound;
    this.#timers = timers;
    this.#log = log;
  }

  /** A stream that breaks is taken up again once the agent has told its task; before that nobody knows what it did. */
  async *send(spec: ReleaseSpec, turn: Turn, signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    const agent = this.#agent(spec);
    const options = this.#options(signal);
    let place: TaskPlace = { atRest: false };
    try {
      const message = agent.target === undefined ? foreignTurnRequest(turn) : turnRequest(turn);
      const request = withTrace(agent.wire.send(message, turn.extensions), turn);
      for await (const frame of answeredExchange(agent, request, options)) {
        place = placeAfter(place, frame);
        yield toEvent(frame);
      }
    } catch (error) {
      if (signal.aborted || place.atRest || place.taskId === undefined || !isConnectionLoss(error)) throw error;
      this.#log(`agent ${agent.name}: its stream broke and is taken up again: ${String(error)}`);
    }
    if (place.atRest || place.taskId === undefined) return;
    for await (const frame of followRemoteTask(agent, place.taskId, options)) yield toEvent(frame);
  }

  async *resume(
    spec: ReleaseSpec,
    { taskId }: { readonly taskId: string },
    signal: AbortSignal,
  ): AsyncGenerator<TurnEvent, void> {
    const frames = followRemoteTask(this.#agent(spec), taskId, this.#options(signal));
    for await (const frame of frames) yield toEvent(frame);
  }

  async steer({ agentName, remote }: ReleaseSpec): Promise<void> {
    const where = remote?.placed === undefined ? "is elsewhere" : `runs on the target "${remote.placed}"`;
    throw new PlatformError("UNSUPPORTED_OPERATION", `The agent "${agentName}" ${where} and cannot be steered.`);
  }

  async cancel(spec: ReleaseSpec, { taskId }: { readonly taskId: string }): Promise<void> {
    const { http, wire, name } = this.#agent(spec);
    try {
      await http.request(wire.cancel(taskId), { timeoutMs: CANCEL_TIMEOUT_MS });
    } catch (error) {
      // The task ends as canceled whatever the agent says.
      this.#log(`agent ${name}: cancel of its task ${taskId} was not answered: ${String(error)}`);
    }
  }

  async readCard(spec: ReleaseSpec, signal?: AbortSignal): Promise<ReadCard> {
    const { remote, agentName, limits } = spec;
    if (remote === undefined) throw new Error(`agent ${agentName} is not elsewhere`);
    if (remote.placed !== undefined) {
      return await readPlacedCard(this.#agent(spec), {
        path: new URL(remote.cardUrl).pathname,
        startTimeoutMs: limits.startTimeoutMs,
        timers: this.#timers,
        signal: signal ?? new AbortController().signal,
      });
    }
    return await readRemoteCard(this.#outbound, remote.cardUrl, signal);
  }

  #options(signal: AbortSignal): ExchangeOptions {
    return { budget: new ByteBudget({ maxMib: MAX_TURN_MIB }), timers: this.#timers, signal };
  }

  #agent(spec: ReleaseSpec): RemoteAgent {
    return toRemoteAgent(spec, { dispatcher: this.#outbound.dispatcher, timers: this.#timers });
  }
}

function toEvent(frame: StreamResponse): TurnEvent {
  return { kind: "frame", frame };
}
