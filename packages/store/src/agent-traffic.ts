/** All of an agent's traffic. */
export const ALL_TRAFFIC = 10_000;
/** Earlier releases and ended canaries that an agent remembers. */
const MAX_REMEMBERED = 20;

export interface TrafficShare {
  readonly releaseId: string;
  /** Ten-thousandths of the agent's new tasks, at least 1. */
  readonly basisPoints: number;
}

/** What a canary has to keep to; each that is absent does not matter. */
export interface CanaryRules {
  readonly minCalls: number;
  /** 0 to 1. */
  readonly maxErrorRate: number;
  readonly maxP95Ms?: number;
  /** 0 to 1, of the last run of the release's evals. */
  readonly minEvalScore?: number;
  /** Without an answer by then it is rolled back. */
  readonly windowSeconds: number;
}

export interface CanaryRecord {
  readonly releaseId: string;
  readonly rules: CanaryRules;
  readonly startedAt: string;
  readonly startedBy: string;
}

/** `superseded`: somebody moved the traffic while it was watched. */
export interface EndedCanary {
  readonly releaseId: string;
  readonly outcome: "promoted" | "rolled_back" | "superseded";
  readonly reason: string;
  readonly endedAt: string;
}

/** Which releases new tasks of an agent begin on. Immutable; the agent's `version` counts its changes. */
export interface AgentTraffic {
  /** They sum to ALL_TRAFFIC, each release once, the active one among them. */
  readonly shares: readonly TrafficShare[];
  /** Releases that were the active one, the last of them at the end. */
  readonly earlier: readonly string[];
  /** The release that is being tried on a part of the traffic. */
  readonly canary?: CanaryRecord;
  /** The last at the end. */
  readonly ended: readonly EndedCanary[];
}

/** Of an agent that has this release only. */
export function allTo(releaseId: string): AgentTraffic {
  return { shares: [{ releaseId, basisPoints: ALL_TRAFFIC }], earlier: [], ended: [] };
}

/** Everything to one release; a canary that ran ends for the reason given. */
export function movedTo(
  before: AgentTraffic,
  activeReleaseId: string,
  {
    releaseId,
    ended,
  }: { readonly releaseId: string; readonly ended: Pick<EndedCanary, "outcome" | "reason" | "endedAt"> },
): AgentTraffic {
  const { shares } = allTo(releaseId);
  const others = before.earlier.filter((id) => id !== releaseId && id !== activeReleaseId);
  const earlier = activeReleaseId === releaseId ? before.earlier : [...others, activeReleaseId];
  return { shares, earlier: earlier.slice(-MAX_REMEMBERED), ended: endedWith(before, ended) };
}

export function endedWith(
  { canary, ended }: AgentTraffic,
  how: Pick<EndedCanary, "outcome" | "reason" | "endedAt">,
): readonly EndedCanary[] {
  if (canary === undefined) return ended;
  return [...ended, { releaseId: canary.releaseId, ...how }].slice(-MAX_REMEMBERED);
}

/** What publishing a release does to the traffic that was. */
export function publishedOver(
  before: { readonly traffic: AgentTraffic; readonly activeReleaseId: string } | undefined,
  releaseId: string,
  at: string,
): AgentTraffic {
  if (before === undefined) return allTo(releaseId);
  const ended = { outcome: "superseded", reason: `${releaseId} was deployed.`, endedAt: at } as const;
  return movedTo(before.traffic, before.activeReleaseId, { releaseId, ended });
}

/** How the tasks of a release have ended. What was no fault of the agent is in `other`. */
export interface ReleaseTally {
  readonly orgId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly completed: number;
  readonly failed: number;
  readonly other: number;
  /** Why those failed. */
  readonly reasons: { readonly [reason: string]: number };
  /** Since it is a canary. */
  readonly canary?: {
    /** Which one: its `startedAt`. */
    readonly startedAt: string;
    readonly calls: number;
    readonly failed: number;
    /** Slower than `maxP95Ms`. */
    readonly slow: number;
  };
}
