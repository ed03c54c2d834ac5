import type { AgentConnector } from "./agent-connector.ts";
import type { AgentModels } from "./agent-models.ts";
import type { AgentServices } from "./agent-services.ts";
import type { AttachedHub } from "./connectors/attached-link.ts";
import type { RuntimeTelemetry } from "./runtime-telemetry.ts";
import type { SecretSource } from "./secrets/secret-source.ts";
import type { ReleaseSpec, SandboxCapabilities } from "./sandbox-driver.ts";

export type InstanceState = "starting" | "ready" | "draining" | "stopped" | "failed";

export interface InstanceView {
  readonly instanceId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly state: InstanceState;
  readonly activeCalls: number;
  readonly startedAt: string;
  readonly driver: string;
  readonly detail?: string;
}

/** Why an instance ended badly, came up badly, or was replaced. */
export const FaultReason = {
  Crashed: "crashed",
  OutOfMemory: "out_of_memory",
  /** It did not answer its health probe while calls were open. */
  Hung: "hung",
  /** Its memory grew towards its limit. */
  Leaked: "leaked",
  StartFailed: "start_failed",
  /** It came up, in more than half of the time it has, or it was cut off before it answered. */
  SlowStart: "slow_start",
  PortNeverOpened: "port_never_opened",
  CardInvalid: "card_invalid",
} as const;
export type FaultReason = (typeof FaultReason)[keyof typeof FaultReason];

export interface Fault {
  readonly reason: FaultReason;
  readonly detail: string;
  readonly at: string;
  readonly releaseId: string;
  readonly instanceId: string;
  /** The last lines that it printed. For those who may read its log. */
  readonly output: string;
}

export interface AgentHealth {
  /** `failing`: the last starts failed; `crashlooping`: instances come up and crash. Both wait before the next attempt. */
  readonly state: "sleeping" | "starting" | "ready" | "draining" | "failing" | "crashlooping";
  /** What last went wrong, however long ago. */
  readonly fault?: Fault;
  /** Instances that ended badly since the platform started. */
  readonly restarts: number;
  /** `failing`, `crashlooping`: RFC 3339, when a call may start one again. */
  readonly retryAt?: string;
}

/** One start of an instance: who asked for it, and what came of it. */
export interface Wake {
  readonly at: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly instanceId: string;
  /** `check`: its card is read, by a deployment or a move of traffic; `min`: scale.min; `load`: the others were nearly full. */
  readonly reason: "call" | "check" | "min" | "load";
  /** `call`: the principal, and its task. */
  readonly by?: string;
  readonly taskId?: string;
  /** Until there was room on the machine, and from then on until it was up. */
  readonly roomMs: number;
  readonly startMs: number;
  readonly outcome: "ready" | "failed" | "canceled";
  /** `failed`: the reason; `ready`: `warm`, or `cold` and why it was, where its driver has warm jails. */
  readonly detail?: string;
}

export interface LogLine {
  readonly at: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly instanceId: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

/** What control knows of running agents. */
export interface Runtime {
  readonly connector: AgentConnector;
  /** Agents on developers' machines. */
  readonly attached: AttachedHub;
  /** What instances reach over BERTH_SERVICES from now on; until then they are told to come back. */
  serveAgents(services: AgentServices, models?: AgentModels): void;
  /** Where releases get the secrets that their upstreams name; until then they have none. */
  useSecrets(source: SecretSource): void;
  /** Who is told of everything that instances do from now on; until then nobody is. */
  useTelemetry(telemetry: RuntimeTelemetry): void;
  capabilities(): Promise<readonly SandboxCapabilities[]>;
  /** All that are not stopped. */
  instances(agentId?: string): readonly InstanceView[];
  /** Of its active releases together. */
  health(agentId: string): AgentHealth;
  /** The last starts of an agent's instances, newest first, at most 100 kept per agent. */
  wakes(agentId: string, limit: number): readonly Wake[];
  /** @throws PlatformError AGENT_OVERLOADED when a call would be refused now for want of a place in the queue. */
  assertRoom(release: Pick<ReleaseSpec, "releaseId">): void;
  /** Instances of this agent's releases that are not kept take no new calls, finish theirs, then stop; without `keep` all of them. */
  drain(agentId: string, keep?: readonly string[]): Promise<void>;
  /** The last lines of an agent, oldest first, at most 2,000 kept per agent. */
  logs(agentId: string, limit: number): readonly LogLine[];
  /** Returns the function that ends the subscription. */
  onLog(agentId: string, listener: (line: LogLine) => void): () => void;
  /** Drains everything within `graceMs`, then stops it. */
  close(graceMs: number): Promise<void>;
}
