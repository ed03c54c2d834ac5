import type { JsonObject, Principal } from "@berth/protocol";

/** Where a deployment is. `live`, `failed` and `canceled` are ends. */
export const DeploymentStatus = {
  Queued: "queued",
  Building: "building",
  Pushing: "pushing",
  Releasing: "releasing",
  /** It answers and has passed its checks; its traffic is not moved yet. */
  Healthy: "healthy",
  Live: "live",
  Failed: "failed",
  Canceled: "canceled",
} as const;
export type DeploymentStatus = (typeof DeploymentStatus)[keyof typeof DeploymentStatus];

/** Where the code comes from. Kept with the deployment, so that it can be done again. */
export type DeploymentSource =
  /** A gzipped tar in the blob store. */
  | { readonly kind: "archive"; readonly blob: string; readonly bytes: number }
  | {
      readonly kind: "git";
      /** `https://…`, `ssh://…`; without a password. */
      readonly url: string;
      /** Branch, tag or commit; default: the remote's HEAD. */
      readonly ref?: string;
      /** Folder in the repository. */
      readonly path?: string;
      /** Name of the organization's secret that opens it. */
      readonly credential?: string;
    }
  /** A commit that was pushed to the platform's own remote of this agent. */
  | { readonly kind: "push"; readonly repository: string; readonly ref: string; readonly commit: string }
  | { readonly kind: "image"; readonly reference: string; readonly credential?: string };

/** What has ended does not change any more, but for what is kept of it. */
export function hasEnded({ status }: { readonly status: DeploymentStatus }): boolean {
  return status === "live" || status === "failed" || status === "canceled";
}

export interface DeploymentStep {
  readonly name: string;
  readonly status: "running" | "done" | "failed";
  readonly startedAt: string;
  readonly ms?: number;
  /** From 1; more when it was done again. */
  readonly attempt?: number;
  /** What later steps need of it. Never told to anybody. */
  readonly output?: JsonObject;
}

export interface DeploymentEval {
  readonly suite: string;
  readonly runId: string;
  readonly score?: string;
  readonly threshold: string;
  readonly passed: boolean;
}

/** What was asked for besides the source. */
export interface DeploymentOptions {
  readonly trust: boolean;
  readonly traffic?: "none";
  readonly canaryPercent?: number;
  readonly skipEvals?: boolean;
  /** Name of one of the organization's targets; default: this platform. */
  readonly target?: string;
}

export interface DeploymentRecord {
  readonly orgId: string;
  readonly deploymentId: string;
  /** Known after unpacking, or said by the deployer. */
  readonly agentName?: string;
  /** As the deployer named it: overrides berth.json. */
  readonly name?: string;
  readonly releaseId?: string;
  readonly status: DeploymentStatus;
  readonly source: DeploymentSource;
  readonly options: DeploymentOptions;
  /** What the source was in the end. */
  readonly revision?: { readonly url: string; readonly commit: string; readonly ref?: string };
  readonly steps: readonly DeploymentStep[];
  /** Of its gate, when it had one that passed. */
  readonly evals?: readonly DeploymentEval[];
  readonly error?: { readonly reason: string; readonly message: string; readonly step?: string };
  /** The deployment that this one does again. */
  readonly retryOf?: string;
  readonly cancelRequested?: true;
  /** Of what was asked for under an idempotency key. */
  readonly requestDigest?: string;
  /** Of an ended one: until then its source and the outputs of its steps are kept, so that it can be done again. */
  readonly keptUntil?: string;
  /** The platform whose folders hold its work; no other goes on with it. */
  readonly node?: string;
  /** With whose rights it goes on after a restart. */
  readonly principal: Principal;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** One line of what a deployment did. */
export interface DeploymentLine {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly at: string;
  readonly step: string;
  /** `platform`: what the platform itself says. */
  readonly stream: "stdout" | "stderr" | "platform";
  /** At most 2,000 characters, scrubbed of secrets. */
  readonly text: string;
}

export interface DeploymentStore {
  /** Inserts or replaces. */
  save(deployment: DeploymentRecord): Promise<void>;
  find(orgId: string, deploymentId: string): Promise<DeploymentRecord | undefined>;
  /** Newest first. */
  list(
    orgId: string,
    filter: { readonly agentName?: string; readonly status?: DeploymentStatus; readonly limit: number },
  ): Promise<readonly DeploymentRecord[]>;
  /** Of all organizations, oldest first: those that have not ended. */
  unfinished(limit: number): Promise<readonly DeploymentRecord[]>;
  /** Of all organizations, ended ones whose `keptUntil` is not after `at`, the earliest first. */
  expired(at: string, limit: number): Promise<readonly DeploymentRecord[]>;
  /** Their `seq` goes on from the last one. The same lines may be appended twice. */
  appendLines(orgId: string, deploymentId: string, lines: readonly DeploymentLine[]): Promise<void>;
  /** In order, after `after`. */
  lines(
    orgId: string,
    deploymentId: string,
    page: { readonly after: number; readonly limit: number },
  ): Promise<readonly DeploymentLine[]>;
  lastLine(orgId: string, deploymentId: string): Promise<number>;
}
