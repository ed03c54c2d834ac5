import type { Principal } from "@berth/protocol";
import type { AgentRecord, ReleaseRecord, ReleaseTally, TrafficShare } from "@berth/store";

/** One release of an agent and how it does. */
export interface ReleaseView {
  readonly release: ReleaseRecord;
  readonly active: boolean;
  /** Ten-thousandths of the agent's new tasks. */
  readonly basisPoints: number;
  readonly state: ReleaseState;
  readonly health: ReleaseHealth;
  readonly tally: Pick<ReleaseTally, "completed" | "failed" | "other" | "reasons">;
  /** Why it was promoted or taken back, when it was a canary. */
  readonly reason?: string;
}

export type ReleaseState = "live" | "canary" | "idle" | "rolled_back";
/** `failing`: the last start of an instance failed. `sleeping`: nothing runs. */
export type ReleaseHealth = "ready" | "starting" | "failing" | "sleeping" | "remote" | "attached";

/** What a writer says it has seen: an agent's `version`. Absent: whatever there is. */
export interface ChangeOptions {
  readonly expectedVersion?: number;
}

/** Which releases an agent has and what each gets. Changes need `agent.traffic`, are audited, and happen entirely or not at all. */
export interface Releases {
  /** Newest first, at most 1,000. Needs `agent.inspect`. @throws AGENT_NOT_FOUND */
  list(
    principal: Principal,
    agentName: string,
  ): Promise<{ readonly agent: AgentRecord; readonly releases: readonly ReleaseView[] }>;
  /** Needs `agent.inspect`. @throws AGENT_NOT_FOUND */
  traffic(principal: Principal, agentName: string): Promise<AgentRecord>;
  /**
   * Splits new tasks over releases, each of which must be healthy. The largest share becomes the active release. A canary
   * that runs ends as superseded.
   * @throws AGENT_NOT_FOUND, RELEASE_NOT_FOUND, INVALID_PARAMS, STORE_CONFLICT, and what keeps a release from starting.
   */
  split(
    principal: Principal,
    agentName: string,
    shares: readonly TrafficShare[],
    options?: ChangeOptions,
  ): Promise<AgentRecord>;
  /** Everything to this release. @throws as `split` */
  promote(principal: Principal, agentName: string, release: string, options?: ChangeOptions): Promise<AgentRecord>;
  /**
   * Everything back: to the release named, or from a canary to the active one, or to the one that was active before.
   * @throws as `split`; RELEASE_NOT_FOUND when there is no earlier one.
   */
  rollback(
    principal: Principal,
    agentName: string,
    release: string | undefined,
    options?: ChangeOptions,
  ): Promise<AgentRecord>;
}
