import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

/** One release of an agent: what it gets of new tasks, and how it does. */
export interface ReleaseInfo {
  readonly release: string;
  readonly digest: string;
  readonly version: string;
  readonly createdAt: string;
  /** The one that the agent's card is of. */
  readonly active: boolean;
  readonly state: "live" | "canary" | "idle" | "rolled_back";
  readonly percent: number;
  readonly health: "ready" | "starting" | "failing" | "sleeping" | "remote" | "attached";
  readonly calls: {
    readonly completed: number;
    readonly failed: number;
    readonly other: number;
    readonly reasons: { readonly [reason: string]: number };
  };
  /** Why it was promoted or taken back as a canary. */
  readonly reason?: string;
  readonly previewUrl: string;
}

export interface TrafficShareInfo {
  /** Id or label. */
  readonly release: string;
  readonly percent: number;
}

export interface TrafficInfo {
  readonly agent: string;
  /** Counts changes. */
  readonly version: number;
  readonly active: string;
  readonly shares: readonly TrafficShareInfo[];
  readonly canary?: {
    readonly release: string;
    readonly startedAt: string;
    readonly minCalls: number;
    readonly maxErrorRate: number;
    readonly maxP95Ms?: number;
    readonly minEvalScore?: number;
    readonly windowSeconds: number;
  };
  readonly ended: readonly {
    readonly release: string;
    readonly outcome: "promoted" | "rolled_back" | "superseded";
    readonly reason: string;
    readonly endedAt: string;
  }[];
}

/** `version`: what was seen; when the traffic was moved since, nothing changes and STORE_CONFLICT is thrown. */
export type TrafficChange = CallOptions & { readonly version?: number };

/** Changes need `deploy` or `operate`. */
export interface TrafficClient {
  get(agent: string, options?: CallOptions): Promise<TrafficInfo>;
  split(agent: string, shares: readonly TrafficShareInfo[], options?: TrafficChange): Promise<TrafficInfo>;
  promote(agent: string, release: string, options?: TrafficChange): Promise<TrafficInfo>;
  /** To the release before when none is named. */
  rollback(agent: string, release?: string, options?: TrafficChange): Promise<TrafficInfo>;
}

export function createTrafficClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
): TrafficClient {
  const change = async (
    call: Pick<HttpRequest, "method" | "path" | "json">,
    { version, ...options }: TrafficChange = {},
  ): Promise<TrafficInfo> => {
    const headers = { "if-match": version === undefined ? undefined : `"${version}"` };
    // A release may have to start before it gets traffic.
    return await request({ ...call, headers }, { timeoutMs: 150_000, ...options });
  };
  const path = (agent: string, verb: string): string => `v1/agents/${encodeURIComponent(agent)}/${verb}`;
  return {
    get: async (agent, options) => await request({ method: "GET", path: path(agent, "traffic") }, options),
    split: async (agent, shares, options) =>
      await change({ method: "PUT", path: path(agent, "traffic"), json: { shares } }, options),
    promote: async (agent, release, options) =>
      await change({ method: "POST", path: path(agent, "promote"), json: { release } }, options),
    rollback: async (agent, release, options) =>
      await change({ method: "POST", path: path(agent, "rollback"), json: { release } }, options),
  };
}
