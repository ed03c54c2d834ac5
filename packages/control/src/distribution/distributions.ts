import type { CardChange, ChangeLevel, Principal } from "@berth/protocol";
import type { VerifiedProvenance } from "@berth/ledger";
import type { ConformanceCheck, ConformanceRecord, EvalRunSummary, ReleaseRecord } from "@berth/store";

export interface DistributedImage {
  /** In the platform's registry, without its host. */
  readonly reference: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: number;
  readonly layers: readonly { readonly digest: string; readonly mediaType: string; readonly size: number }[];
  readonly base?: { readonly digest: string; readonly name?: string };
  /** `linux/amd64`. */
  readonly platform?: string;
  /** Of an image that was built elsewhere: as it was named. */
  readonly origin?: string;
  /** `sha256:…` of the release that its own label names. */
  readonly release?: string;
}

export interface DistributedProvenance {
  /** Of the envelope's bytes. */
  readonly digest: string;
  /** Absent when it does not hold; `problem` says why. */
  readonly verified?: VerifiedProvenance;
  readonly problem?: string;
}

interface DistributedSbom {
  /** Of its bytes. */
  readonly digest: string;
  readonly packages: number;
  /** The signed provenance names these bytes. */
  readonly isSigned: boolean;
}

export interface ReleaseChanges {
  /** Absent of the first release. */
  readonly since?: ReleaseRecord;
  readonly level: ChangeLevel | "none";
  /** What breaks first. */
  readonly changes: readonly CardChange[];
  /** What semantic versioning would have called for. */
  readonly hint?: string;
}

export interface Dependents {
  /** Agents that the principal may see. */
  readonly agents: readonly {
    readonly name: string;
    /** Tasks of it that its runs made; 0 where berth.json alone names it. */
    readonly calls: number;
    readonly lastAt?: string;
    /** Names of upstreams of its berth.json that lead here. */
    readonly upstreams: readonly string[];
  }[];
  /** Different callers, agents' own among them, of the newest tasks. */
  readonly callers: number;
}

export interface ReleaseDistribution {
  readonly agentName: string;
  readonly release: ReleaseRecord;
  readonly image?: DistributedImage;
  readonly sbom?: DistributedSbom;
  readonly provenance?: DistributedProvenance;
  readonly cardDigest: string;
  readonly changes: ReleaseChanges;
  /** What its doors answered when somebody last had them asked. */
  readonly conformance?: ConformanceRecord;
  readonly evals: readonly EvalRunSummary[];
  readonly dependents: Dependents;
  readonly placement?: { readonly target: string; readonly url?: string };
}

export interface HistoryEntry {
  readonly release: ReleaseRecord;
  readonly cardDigest: string;
  readonly changes: ReleaseChanges;
  /** Who deployed it, as far as its deployment is still listed. */
  readonly by?: string;
}

/**
 * Everything that is known of how a release came to be, what it consists of, and who goes by it. All calls need
 * `agent.inspect`. @throws AGENT_NOT_FOUND, RELEASE_NOT_FOUND
 */
export interface Distributions {
  release(principal: Principal, agentName: string, release: string): Promise<ReleaseDistribution>;
  /** CycloneDX JSON, as it hangs on the image. @throws IMAGE_NOT_FOUND when there is none */
  sbom(principal: Principal, agentName: string, release: string): Promise<Uint8Array>;
  /** A DSSE envelope, as it hangs on the image. @throws IMAGE_NOT_FOUND when there is none */
  provenance(principal: Principal, agentName: string, release: string): Promise<Uint8Array>;
  /** Between any two of the agent's releases. */
  changes(
    principal: Principal,
    agentName: string,
    releases: { readonly from: string; readonly to: string },
  ): Promise<ReleaseChanges>;
  /** Newest first. */
  history(principal: Principal, agentName: string, limit: number): Promise<readonly HistoryEntry[]>;
  dependents(principal: Principal, agentName: string): Promise<Dependents>;
  /** Of the release that is live. Needs `eval.run`; audited. */
  keepConformance(
    principal: Principal,
    agentName: string,
    checks: readonly ConformanceCheck[],
  ): Promise<ConformanceRecord>;
}
