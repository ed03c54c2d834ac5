import { PlatformError, isPlatformError } from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";
import { ExchangeEnded } from "@berth/protocol/wire/tunnel";
import type { AgentConnector, ReadCard, Turn, TurnEvent } from "../agent-connector.ts";
import type { Timers } from "../pool/timers.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import { isTaskNotFound, taskLost } from "./agent-errors.ts";
import type { AgentRequest } from "./agent-wire.ts";
import { AttachedDispatcher } from "./attached-dispatcher.ts";
import type { AttachedLinks } from "./attached-links.ts";
import { ByteBudget } from "./byte-budget.ts";
import { fetchCard } from "./card-reader.ts";
import { followRemoteTask, isConnectionLoss } from "./follow-remote-task.ts";
import { HttpTransport } from "./http-transport.ts";
import type { RemoteAgent } from "./remote-agent.ts";
import { placeAfter, remoteExchange } from "./remote-exchange.ts";
import type { ExchangeOptions, TaskPlace } from "./remote-exchange.ts";
import { wireOf } from "./select-wire.ts";
import { successOf } from "./turn-frames.ts";
import { turnRequest } from "./turn-message.ts";

const CANCEL_TIMEOUT_MS = 5_000;
/** As long as the longest turn; its own end comes first. */
const STEER_TIMEOUT_MS = 86_400_000;
const MAX_TURN_MIB = 64;

export interface AttachedConnectorOptions {
  readonly links: AttachedLinks;
  readonly timers: Timers;
  readonly log: (line: string) => void;
}

/**
 * Carries turns to agents on developers' machines. A connection that breaks under a turn is not the end of it: when the
 * same machine is back in time, the task is taken up where it is, as with agents elsewhere.
 */
export class AttachedConnector implements AgentConnector {
  readonly #links: AttachedLinks;
  readonly #timers: Timers;
  readonly #log: (line: string) => void;

  constructor({ links, timers, log }: AttachedConnectorOptions) {
    this.#links = links;
    this.#timers = timers;
    this.#log = log;
  }

  async *send(spec: ReleaseSpec, turn: Turn, signal: AbortSignal): AsyncGenerator<TurnEvent, void> {
    const options = this.#options(signal);
    let place: TaskPlace = { atRest: false };
    await this.#links.ready(spec.agentId, signal);
    const { linkId = "", session } = this.#links.view(spec.agentId) ?? {};
    yield { kind: "instance", instanceId: linkId };
    const agent = this.#agent(spec, session);
    try {
      const request = withPrincipalToken(agent.wire.send(turnRequest(turn), turn.extensions), turn);
      for await (const frame of remoteExchange(agent, request, options)) {
        place = placeAfter(place, frame);
        yield toEvent(frame);
      }
    } catch (error) {
      if (turn.upstream !== undefined && isTaskNotFound(error) && isPlatformError(error)) throw taskLost(error);
      if (signal.aborted || place.atRest || place.taskId === undefined || !isConnectionLoss(error)) throw error;
      this.#log(`agent ${agent.name}: its link broke, and its task is taken up again: ${String(error)}`);
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

  async steer(spec: ReleaseSpec, turn: Turn, signal: AbortSignal): Promise<void> {
    const { http, wire } = this.#agent(spec);
    const request = { ...turnRequest(turn), configuration: { returnImmediately: true } };
    const options = { timeoutMs: STEER_TIMEOUT_MS, signal, patient: true };
    wire.frame(successOf(await http.request(wire.steer(request), options)));
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
    return await fetchCard(this.#agent(spec).http, signal);
  }

  #options(signal: AbortSignal): ExchangeOptions {
    return { budget: new ByteBudget({ maxMib: MAX_TURN_MIB }), timers: this.#timers, signal };
  }

  /** `session`: only the machine that has it will do. */
  #agent({ agentId, agentName, attached }: ReleaseSpec, session?: string): RemoteAgent {
    if (attached === undefined) throw new Error(`agent ${agentName} is not attached`);
    const http = new HttpTransport({
      dispatcher: new AttachedDispatcher(async (signal) => await this.#links.ready(agentId, signal, session)),
      bodyTimeoutMs: 0,
      timers: this.#timers,
      unresponsive: (what, cause) =>
        new PlatformError("AGENT_UNRESPONSIVE", `Attached agent "${agentName}" ${what}.`, { cause }),
      explain: async (error) => explain(agentName, error),
    });
    return { name: agentName, http, wire: wireOf(attached, attached.streaming) };
  }
}

function explain(name: string, error: unknown): PlatformError | undefined {
  if (!(error instanceof ExchangeEnded)) return undefined;
  if (error.kind === "lost") {
    return new PlatformError("AGENT_UNREACHABLE", `The connection to attached agent "${name}" was lost.`, {
      cause: error,
      metadata: { link: "lost" },
      hint: "Whoever develops it attaches it again with `a2a dev`.",
    });
  }
  if (error.kind === "refused") {
    return new PlatformError("AGENT_OVERLOADED", `Attached agent "${name}" takes no more calls now: ${error.message}.`);
  }
  // The machine has said itself why there is no answer: the agent is not there any more.
  return new PlatformError("AGENT_CRASHED", `Attached agent "${name}" broke off: ${error.message}.`, {
    cause: error,
    hint: "The terminal of `a2a dev` shows why.",
  });
}

/** Draft-ietf-oauth-transaction-tokens §8.1; nothing that a caller sends as a header comes this far. */
function withPrincipalToken(request: AgentRequest, { credentials }: Turn): AgentRequest {
  const token = credentials?.principalToken;
  return token === undefined ? request : { ...request, headers: { ...request.headers, "txn-token": token } };
}

function toEvent(frame: StreamResponse): TurnEvent {
  return { kind: "frame", frame };
}
