import type { Principal } from "@berth/protocol";
import type { DeploymentRecord, DeploymentStep } from "@berth/store";

export interface DeployRequest {
  /** A gzipped tar, as `packFolder` makes it. */
  readonly archive: Uint8Array;
  /** Overrides the name in berth.json and the card. */
  readonly name?: string;
  /** Run outside the sandbox: own code only. */
  readonly trust: boolean;
  /** `none`: the release is made and checked, and waits for somebody to give it traffic. */
  readonly traffic?: "none";
  /** Of the traffic, 1 to 50: it is tried as `canary` in berth.json says, or by its defaults. 0: it gets all at once. */
  readonly canaryPercent?: number;
  /** Without asking the gate that berth.json has. Needs `eval.skip`. */
  readonly skipEvals?: boolean;
}

export type DeploymentEvent =
  | { readonly seq: number; readonly kind: "step"; readonly step: DeploymentStep }
  | { readonly seq: number; readonly kind: "log"; readonly text: string }
  /** The last one. */
  | { readonly seq: number; readonly kind: "done"; readonly deployment: DeploymentRecord };

/** Steps: unpack, build, release, health check, evaluating (where there is a gate), switch. All calls need the `deploy` scope. */
export interface Deploys {
  /** Returns at once with status `running`. At most 2 run at a time per organization, at most 16 wait. */
  start(principal: Principal, request: DeployRequest): Promise<DeploymentRecord>;
  get(principal: Principal, deploymentId: string): Promise<DeploymentRecord>;
  list(
    principal: Principal,
    filter: { readonly agentName?: string; readonly limit: number },
  ): Promise<readonly DeploymentRecord[]>;
  /** Events with seq > after, then live ones; ends after `done`. */
  follow(
    principal: Principal,
    deploymentId: string,
    options: { readonly after: number; readonly signal?: AbortSignal },
  ): AsyncIterable<DeploymentEvent>;
  /** The running deployment ends with DEPLOY_CANCELED and leaves nothing behind. */
  cancel(principal: Principal, deploymentId: string): Promise<DeploymentRecord>;
  /** Cancels and waits for all. */
  close(): Promise<void>;
}
