import type { Principal } from "@berth/protocol";
import type {
  DeploymentLine,
  DeploymentOptions,
  DeploymentRecord,
  DeploymentSource,
  DeploymentStatus,
  DeploymentStep,
} from "@berth/store";

/** Where the code comes from, as it is asked for. */
export type NewSource =
  /** A gzipped tar, as `packFolder` makes it. */
  { readonly kind: "archive"; readonly bytes: Uint8Array } | Exclude<DeploymentSource, { readonly kind: "archive" }>;

export interface DeployRequest extends DeploymentOptions {
  readonly source: NewSource;
  /** Overrides the name in berth.json and the card. */
  readonly name?: string;
  /** The same key from the same principal is the same deployment. */
  readonly idempotencyKey?: string;
}

/** `seq` is that of the last line so far: whoever comes back with it misses no line and is told the steps again. */
export type DeploymentEvent =
  | { readonly seq: number; readonly kind: "status"; readonly status: DeploymentStatus }
  | { readonly seq: number; readonly kind: "step"; readonly step: DeploymentStep }
  | { readonly seq: number; readonly kind: "log"; readonly line: DeploymentLine }
  /** The last one. */
  | { readonly seq: number; readonly kind: "done"; readonly deployment: DeploymentRecord };

export interface DeploymentFilter {
  readonly agentName?: string;
  readonly status?: DeploymentStatus;
  readonly limit: number;
}

/**
 * Deployments go on where they were after a restart of the platform, however it ended, until they are live, failed or
 * canceled. Steps: fetch, build, image, release, place (on a target), health check, evaluating (where there is a gate),
 * switch. Those of one agent go on one after the other in the order in which they were accepted. All calls need the `deploy` scope.
 */
export interface Deploys {
  /**
   * Returns with status `queued` once the source is durable.
   * @throws PERMISSION_DENIED, INVALID_PARAMS, CONFIG_INVALID, IDEMPOTENCY_CONFLICT, RATE_LIMITED, SHUTTING_DOWN
   */
  start(principal: Principal, request: DeployRequest): Promise<DeploymentRecord>;
  get(principal: Principal, deploymentId: string): Promise<DeploymentRecord>;
  list(principal: Principal, filter: DeploymentFilter): Promise<readonly DeploymentRecord[]>;
  /** Every line after `after`, then live ones, with the steps as they are; ends after `done`. Also of one that ended long ago. */
  follow(
    principal: Principal,
    deploymentId: string,
    options: { readonly after: number; readonly signal?: AbortSignal },
  ): AsyncIterable<DeploymentEvent>;
  lines(
    principal: Principal,
    deploymentId: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly DeploymentLine[]>;
  /** The end of its log, for people. */
  text(principal: Principal, deploymentId: string): Promise<string>;
  /** It ends with DEPLOY_CANCELED and leaves nothing behind, unless its traffic has moved already. */
  cancel(principal: Principal, deploymentId: string): Promise<DeploymentRecord>;
  /**
   * The same again, as a new deployment. What the steps before `from` have made is used when it is still there; default:
   * the step that failed. @throws SOURCE_FAILED when its source is kept no longer
   */
  retry(
    principal: Principal,
    deploymentId: string,
    options?: { readonly from?: string; readonly idempotencyKey?: string },
  ): Promise<DeploymentRecord>;
}

export interface RunningDeploys extends Deploys {
  /** Goes on with what an earlier process left. Once, when everything else is there. */
  recover(): Promise<void>;
  /** Interrupts what runs: it goes on with the next process. */
  close(): Promise<void>;
}
