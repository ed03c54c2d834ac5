export type DeploymentStatus = "running" | "live" | "failed" | "canceled";

export interface DeploymentStep {
  readonly name: string;
  readonly status: "running" | "done" | "failed";
  readonly startedAt: string;
  readonly ms?: number;
}

export interface DeploymentEval {
  readonly suite: string;
  readonly runId: string;
  readonly score?: string;
  readonly threshold: string;
  readonly passed: boolean;
}

export interface DeploymentRecord {
  readonly orgId: string;
  readonly deploymentId: string;
  /** Known after unpacking. */
  readonly agentName?: string;
  readonly releaseId?: string;
  readonly status: DeploymentStatus;
  readonly steps: readonly DeploymentStep[];
  /** Of its gate, when it had one that passed. */
  readonly evals?: readonly DeploymentEval[];
  /** At most 200 KB; the middle is cut with a mark. */
  readonly log: string;
  readonly error?: { readonly reason: string; readonly message: string; readonly step?: string };
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface DeploymentStore {
  save(deployment: DeploymentRecord): Promise<void>;
  find(orgId: string, deploymentId: string): Promise<DeploymentRecord | undefined>;
  /** Newest first. */
  list(
    orgId: string,
    filter: { readonly agentName?: string; readonly limit: number },
  ): Promise<readonly DeploymentRecord[]>;
}
