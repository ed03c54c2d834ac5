import type { TunnelRequest, TunnelResponse } from "@berth/protocol/wire/tunnel";
import type { ServicesPeer } from "../agent-services.ts";

/** The platform's end of a tunnel to a developer's machine. */
export interface AttachedLink {
  /** Opens one HTTP exchange to the agent over the tunnel; bodies are streamed with back-pressure. @throws ExchangeEnded, the signal's reason */
  request(request: LinkRequest, signal: AbortSignal): Promise<LinkResponse>;
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>;
  close(reason: string): void;
}

export type LinkRequest = TunnelRequest;
export type LinkResponse = TunnelResponse;

/** Who is at the other end; `instanceId` is the link's own id. */
export interface AttachedPeer extends ServicesPeer {
  /** Of one run of `a2a dev`: the same one may come back and go on. */
  readonly session: string;
  readonly machine: string;
}

/** `lost`: the connection broke, and its machine may still come back. */
export interface AttachedView {
  readonly state: "attached" | "lost" | "detached";
  readonly machine: string;
  /** RFC 3339: when it became so. */
  readonly since: string;
  readonly session: string;
  readonly linkId: string;
}

interface AttachedLine {
  readonly at: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  readonly byPlatform?: boolean;
}

/** What a link may do from `connect` to `end`. */
export interface AttachedEnd {
  /** A request of the agent to the platform's services, as from the services socket of an instance. OTLP is among them. */
  services(request: LinkRequest, signal: AbortSignal): Promise<LinkResponse>;
  /** A line that the agent printed, or that we say of it. */
  print(line: AttachedLine): void;
  /** The agent is another release from now on. */
  released(releaseId: string): void;
  /** `lost`: calls under way wait a little for the machine to come back. Twice is harmless. */
  end(how: "lost" | "detached"): void;
}

/** Agents that run on developers' machines, as the runtime knows them. */
export interface AttachedHub {
  /** Calls to the agent take this link from now on; the one before it, if it is still there, is closed. */
  connect(peer: AttachedPeer, link: AttachedLink): AttachedEnd;
  /** @throws AGENT_UNREACHABLE when a call would be refused now */
  assertReachable(agentId: string): void;
  /** Undefined: nobody was attached since the platform started. */
  view(agentId: string): AttachedView | undefined;
}
