export type {
  AgentCall,
  AgentMemory,
  AgentServices,
  ScopeRequest,
  ServicesCall,
  ServicesPeer,
  WorkspaceEntry,
} from "./agent-services.ts";
export type { RuntimeTelemetry, SeenLine } from "./runtime-telemetry.ts";
export type { StepPlace, StepReport } from "./step-report.ts";
export type { AgentModels, ModelAnswer, ModelCall } from "./agent-models.ts";
export type { AgentConnector, ReadCard, Turn, TurnEvent } from "./agent-connector.ts";
export type { AgentHealth, Fault, InstanceState, InstanceView, LogLine, Runtime, Wake } from "./runtime.ts";
export type {
  AttachedTarget,
  EgressDecision,
  EnforcementLevel,
  FreshHeaders,
  Instance,
  InstanceExit,
  InstanceObserver,
  ProgramSpec,
  ReleaseScale,
  ReleaseSpec,
  RemoteTarget,
  SandboxCapabilities,
  SandboxDriver,
  SandboxLimits,
} from "./sandbox-driver.ts";
export type {
  AttachedEnd,
  AttachedHub,
  AttachedLink,
  AttachedView,
  LinkRequest,
  LinkResponse,
} from "./connectors/attached-link.ts";
export { parseCardText } from "./connectors/parse-card-text.ts";
export { readRemoteCard } from "./connectors/remote-card.ts";
export type { RemoteCard } from "./connectors/remote-card.ts";
export { selectInterface } from "./connectors/select-wire.ts";
export { createRuntime } from "./create-runtime.ts";
export type { RuntimeOptions } from "./create-runtime.ts";
export { releasesFolder, rootfsFolder } from "./driver/base-folder.ts";
export type { HostFile, HostFolder } from "./host-folder/host-folder.ts";
export { openHostFolder } from "./host-folder/open-host-folder.ts";
export { OutboundError, createOutboundHttp } from "./outbound/outbound-http.ts";
export type { ExchangeRequest } from "./outbound/outbound-exchange.ts";
export type { OutboundStream } from "./outbound/outbound-stream.ts";
export type { OutboundTunnel } from "./outbound/outbound-tunnel.ts";
export type { OutboundAnswer, OutboundHttp, OutboundOptions, OutboundRequest } from "./outbound/outbound-http.ts";
export { SseParser } from "./connectors/sse-parser.ts";
export { openEgressProxy } from "./egress/egress-proxy.ts";
export { HostAllowlist } from "./egress/host-allowlist.ts";
export { Scrubber } from "./secrets/scrubber.ts";
export type { ReleaseSecrets, SecretOwner, SecretSource, SecretValue } from "./secrets/secret-source.ts";
export type { EgressNetwork } from "./egress/egress-network.ts";
export { createProcessDriver } from "./process/process-driver.ts";
export type { ProcessDriverOptions } from "./process/process-driver.ts";
export { createContainerDriver } from "./container/container-driver.ts";
export type { ContainerDriverOptions } from "./container/container-driver.ts";
export { createWasmDriver } from "./wasm/wasm-driver.ts";
export type { WasmDriverOptions } from "./wasm/wasm-driver.ts";
export { createUnconfinedDriver } from "./unconfined/unconfined-driver.ts";
export type { UnconfinedDriverOptions } from "./unconfined/unconfined-driver.ts";
