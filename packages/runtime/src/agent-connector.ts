import type {
  AgentCard,
  JsonObject,
  Message,
  Principal,
  RunCredentials,
  StreamResponse,
  TraceHeaders,
} from "@berth/protocol";
import type { EgressDecision, ReleaseSpec } from "./sandbox-driver.ts";

/** One turn of one task, as the agent gets it. */
export interface Turn {
  /** Ours; the agent's own ids are in `upstream`. */
  readonly taskId: string;
  readonly contextId: string;
  /** Without our ids; the connector puts the agent's own in. */
  readonly message: Message;
  /** The agent's ids from an earlier turn of this task. */
  readonly upstream?: { readonly taskId: string; readonly contextId?: string };
  readonly acceptedOutputModes?: readonly string[];
  readonly metadata?: JsonObject;
  /** Extensions that the caller asked for in this request; the agent decides which it knows. */
  readonly extensions?: readonly string[];
  readonly principal: Principal;
  /** For agents that run here; agents elsewhere never see it. */
  readonly credentials?: RunCredentials;
  /** Of this exchange: what the agent does for it lies below. */
  readonly trace?: TraceHeaders;
}

/** What a turn yields, in order: `queued` if it had to wait, `instance` where the agent runs here, then frames as the agent sent them, with the agent's own ids in them. */
export type TurnEvent =
  | { readonly kind: "queued"; readonly position: number }
  | { readonly kind: "instance"; readonly instanceId: string }
  | { readonly kind: "egress"; readonly decision: EgressDecision }
  | { readonly kind: "frame"; readonly frame: StreamResponse };

export interface ReadCard {
  /** 1.0 or 0.3, normalised to 1.0. */
  readonly card: AgentCard;
  /** As the agent wrote it, to the letter. */
  readonly text: string;
}

/**
 * Carries a turn to an agent and its answer back; hides where the agent runs. Frames are parsed and validated:
 * what does not fit ends the turn with INVALID_AGENT_RESPONSE.
 */
export interface AgentConnector {
  /**
   * Ends when the agent's stream ends. `signal` ends it early: the connection is closed, the agent is not told.
   * @throws PlatformError AGENT_* for what happens to the instance, INVALID_AGENT_RESPONSE, TIMED_OUT. Whatever was
   * yielded before stands.
   */
  send(spec: ReleaseSpec, turn: Turn, signal: AbortSignal): AsyncIterable<TurnEvent>;
  /**
   * Takes up a turn that an earlier process of the platform began: the task as it is now, then what follows, as `send`
   * yields it. @throws PlatformError as `send`; PLATFORM_RESTARTED for an agent whose tasks ended with that process.
   */
  resume(spec: ReleaseSpec, upstream: { readonly taskId: string }, signal: AbortSignal): AsyncIterable<TurnEvent>;
  /**
   * Hands a message into the turn of `turn.upstream` that runs. Resolves when the agent's run has read it, which may take
   * as long as the turn; after a reject it has not, unless the answer was lost on the way.
   * @throws PlatformError UNSUPPORTED_OPERATION for agents that cannot be steered, AGENT_ERROR when the turn ended first.
   */
  steer(spec: ReleaseSpec, turn: Turn, signal: AbortSignal): Promise<void>;
  /** Asks the agent to cancel. Resolves when the agent answered or after 5 s; never starts an instance. */
  cancel(spec: ReleaseSpec, upstream: { readonly taskId: string }): Promise<void>;
  /** Starts an instance if need be and reads its card. @throws CARD_INVALID, AGENT_* */
  readCard(spec: ReleaseSpec, signal?: AbortSignal): Promise<ReadCard>;
}
