import type { AgentConnector } from "./agent-connector.ts";
import type { AgentServices } from "./agent-services.ts";
import type { SecretSource } from "./secrets/secret-source.ts";
import type { SandboxCapabilities } from "./sandbox-driver.ts";

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
  /** What instances reach over BERTH_SERVICES from now on; until then they are told to come back. */
  serveAgents(services: AgentServices): void;
  /** Where releases get the secrets that their upstreams name; until then they have none. */
  useSecrets(source: SecretSource): void;
  capabilities(): Promise<readonly SandboxCapabilities[]>;
  /** All that are not stopped. */
  instances(agentId?: string): readonly InstanceView[];
  /** Instances of other releases of this agent take no new calls, finish theirs, then stop. */
  drain(agentId: string, keepReleaseId?: string): Promise<void>;
  /** The last lines of an agent, oldest first, at most 2,000 kept per agent. */
  logs(agentId: string, limit: number): readonly LogLine[];
  /** Returns the function that ends the subscription. */
  onLog(agentId: string, listener: (line: LogLine) => void): () => void;
  /** Drains everything within `graceMs`, then stops it. */
  close(graceMs: number): Promise<void>;
}
