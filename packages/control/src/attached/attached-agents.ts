import type { Principal } from "@berth/protocol";
import type { TunnelLogLine } from "@berth/protocol/wire/tunnel";
import type { AttachedLink, AttachedView, LinkRequest, LinkResponse } from "@berth/runtime";

/**
 * Agents that run on a developer's machine (kind `attached`): the machine holds one outbound connection, calls reach it there, and
 * its log lines, spans and task events come back on it. One connection per agent name and organization; a second takes over
 * when it says so, else it is refused. While nobody is connected, calls fail with AGENT_UNREACHABLE; the card, the tasks and
 * the receipts stay.
 */
export interface AttachedAgents {
  /**
   * A release per attach; the session that comes back goes on with its own. @throws CARD_INVALID, CONFIG_INVALID, STORE_CONFLICT
   * when the name is another kind of agent's, or somebody is attached and `takeOver` is not set.
   */
  attach(principal: Principal, request: AttachRequest, link: AttachedLink): Promise<Attachment>;
  /** Who is, or was last, attached; undefined: nobody since the platform started. */
  status(agentId: string): AttachedStatus | undefined;
}

export interface AttachRequest {
  /** Default: that of `config`, else the card's name made to fit. */
  readonly name?: string;
  /** The agent's card as it serves it. */
  readonly card: unknown;
  /** `berth.json` beside it, for price, limits and policy as far as they hold outside. */
  readonly config?: unknown;
  /** Of the machine, to be shown: its host name. */
  readonly machine: string;
  /** Of one run of `a2a dev`; unguessable. */
  readonly session: string;
  readonly takeOver: boolean;
}

export interface AttachedStatus extends Pick<AttachedView, "state" | "machine" | "since"> {
  /** What its clock is ahead of ours, as measured when it attached. */
  readonly clockSkewMs?: number;
}

/** Life: 1. made by `attach`; 2. anything, in any order; 3. over when `detach` was called or the link's `closed` resolves. */
export interface Attachment {
  readonly agent: string;
  /** The active one; `update` moves it. */
  readonly release: string;
  readonly linkId: string;
  /** The agent reloaded: its card may be another one, and then so is its release. @throws CARD_INVALID, CONFIG_INVALID; the one before stays */
  update(described: Pick<AttachRequest, "card" | "config">): Promise<void>;
  /** What its machine's clock is ahead of ours: its times are told by ours. */
  setClock(skewMs: number): void;
  /** What the agent printed. `dropped`: lines that did not fit on the way. */
  log(lines: readonly TunnelLogLine[], dropped: number): void;
  /** What the agent asks of its services socket; its OTLP is among it. */
  services(request: LinkRequest, signal: AbortSignal): Promise<LinkResponse>;
  /** On purpose: nobody waits for the machine to come back. */
  detach(): void;
}
