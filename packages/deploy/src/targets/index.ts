/** Where releases run beyond this platform. */
export { agentEngineTarget } from "./google/agent-engine-target.ts";
export { cloudRunTarget } from "./google/cloud-run-target.ts";
export { parseKubeconfig } from "./kubernetes/kubeconfig.ts";
export type { ClusterAccess } from "./kubernetes/kubeconfig.ts";
export { kubernetesTarget } from "./kubernetes/kubernetes-target.ts";
export { TargetKind } from "./deploy-target.ts";
export type {
  DeployTarget,
  ObservedState,
  Placement,
  PlannedCall,
  TargetChange,
  TargetContext,
  TargetField,
  TargetHttp,
  TargetLogLine,
  TargetPlan,
  TargetRelease,
  TargetStatus,
} from "./deploy-target.ts";
