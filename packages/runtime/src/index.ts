export type { AgentConnector, Turn, TurnEvent } from "./agent-connector.ts";
export type { InstanceState, InstanceView, LogLine, Runtime } from "./runtime.ts";
export type {
  EgressDecision,
  EnforcementLevel,
  Instance,
  InstanceExit,
  InstanceObserver,
  ReleaseSpec,
  SandboxCapabilities,
  SandboxDriver,
  SandboxLimits,
} from "./sandbox-driver.ts";
