import type { JsonObject } from "@berth/protocol";

/** A place that an organization deploys to. */
export interface TargetRecord {
  readonly orgId: string;
  /** As agents' names; `local` is taken. */
  readonly name: string;
  readonly kind: string;
  /** As the target's kind has parsed it; no secrets. */
  readonly settings: JsonObject;
  /** Sealed; only control can open it. Absent: the platform's own identity (ADC, in-cluster, workload identity). */
  readonly sealedCredential?: string;
  /** Where its images are pushed to, and the organization's secret that opens it. */
  readonly registry?: { readonly repository: string; readonly credential?: string };
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** A release where it runs. */
export interface PlacementRecord {
  readonly orgId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly target: string;
  /** As the target gave it. */
  readonly placement: JsonObject;
  readonly createdAt: string;
}

export interface TargetStore {
  /** Inserts or replaces. */
  save(target: TargetRecord): Promise<void>;
  find(orgId: string, name: string): Promise<TargetRecord | undefined>;
  list(orgId: string): Promise<readonly TargetRecord[]>;
  /** False when there was none. */
  remove(orgId: string, name: string): Promise<boolean>;
  savePlacement(placement: PlacementRecord): Promise<void>;
  placement(orgId: string, releaseId: string): Promise<PlacementRecord | undefined>;
  /** Newest first. */
  placements(
    orgId: string,
    filter: { readonly agentId?: string; readonly target?: string; readonly limit: number },
  ): Promise<readonly PlacementRecord[]>;
  removePlacement(orgId: string, releaseId: string): Promise<boolean>;
}
