import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { api, path, search } from "../../api/client.ts";
import type { Agent, AgentCard } from "../../api/types.ts";
import { shortRelease } from "./short-release.ts";

/** An agent elsewhere, and how its card was when it was last looked at. */
export interface RemoteState {
  readonly cardUrl: string;
  readonly interface: { readonly url: string; readonly protocolBinding: string; readonly protocolVersion: string };
  readonly cardDigest: string;
  readonly credential: string | null;
  readonly checkedAt: string | null;
  readonly problem?: string;
  readonly drift?: {
    readonly oldDigest: string;
    readonly newDigest: string;
    readonly skillsAdded: readonly string[];
    readonly skillsRemoved: readonly string[];
    readonly interface?: { readonly from: string; readonly to: string };
  };
}

export interface AgentDetail extends Agent {
  readonly remote?: RemoteState;
  /** What berth.json set, without the values of its environment; for those who may look inside. */
  readonly config?: AgentPolicy;
}

interface AgentPolicy {
  readonly isolation?: string;
  readonly egress?: readonly unknown[];
  readonly upstreams?: Readonly<Record<string, unknown>>;
  readonly auth?: { readonly schemes?: readonly string[]; readonly requiredScopes?: readonly string[] };
  readonly workspace?: { readonly read?: readonly string[]; readonly write?: boolean };
  readonly [section: string]: unknown;
}

export interface AgentFilter {
  readonly q: string | undefined;
  readonly kind: string | undefined;
  readonly tag: string | undefined;
}

export function agentPages(filter: AgentFilter) {
  return infiniteQueryOptions({
    queryKey: ["agents", "list", filter],
    queryFn: async ({ pageParam, signal }) => {
      const parameters = search({ ...filter, pageSize: 60, pageToken: pageParam });
      return await api<{ agents: readonly Agent[]; nextPageToken: string }>(`/v1/agents${parameters}`, { signal });
    },
    initialPageParam: "",
    getNextPageParam: ({ nextPageToken }) => (nextPageToken === "" ? undefined : nextPageToken),
    // While somebody types, what was found before stays.
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
  });
}

export function agentQuery(name: string) {
  return queryOptions({
    queryKey: ["agents", "one", name],
    queryFn: async ({ signal }) => await api<AgentDetail>(path`/v1/agents/${name}`, { signal }),
    refetchInterval: 5_000,
  });
}

export interface Connect {
  readonly mcpUrl: string;
  readonly claudeCode: string;
  readonly cursor: string;
  readonly vscode: string;
  readonly json: object;
  readonly a2a: { readonly card: string };
}

export function connectQuery(name: string) {
  return queryOptions({
    queryKey: ["agents", "connect", name],
    queryFn: async ({ signal }) => await api<Connect>(path`/v1/agents/${name}/connect`, { signal }),
    staleTime: 60_000,
  });
}

export interface Release {
  readonly release: string;
  readonly digest: string;
  readonly version: string;
  readonly createdAt: string;
  readonly active: boolean;
  readonly state: "live" | "canary" | "idle" | "rolled_back";
  readonly percent: number;
  readonly health: string;
  readonly calls: {
    readonly completed: number;
    readonly failed: number;
    readonly other: number;
    readonly reasons: Readonly<Record<string, number>>;
  };
  readonly reason?: string;
  readonly previewUrl: string;
}

export function releasesQuery(name: string) {
  return queryOptions({
    queryKey: ["agents", "releases", name],
    queryFn: async ({ signal }) =>
      await api<{ version: number; releases: readonly Release[] }>(path`/v1/agents/${name}/releases`, { signal }),
    refetchInterval: 5_000,
  });
}

export interface Traffic {
  readonly version: number;
  readonly active: string;
  readonly shares: readonly { readonly release: string; readonly percent: number }[];
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
    readonly outcome: string;
    readonly reason: string;
    readonly endedAt: string;
  }[];
}

export function trafficQuery(name: string) {
  return queryOptions({
    queryKey: ["agents", "traffic", name],
    queryFn: async ({ signal }) => await api<Traffic>(path`/v1/agents/${name}/traffic`, { signal }),
    refetchInterval: 5_000,
  });
}

export interface Wake {
  readonly at: string;
  readonly instanceId: string;
  readonly release: string;
  readonly reason: string;
  readonly by?: string;
  readonly taskId?: string;
  readonly roomMs?: number;
  readonly startMs?: number;
  readonly outcome?: string;
  readonly detail?: string;
}

export function wakesQuery(name: string) {
  return queryOptions({
    queryKey: ["agents", "wakes", name],
    queryFn: async ({ signal }) =>
      await api<{ wakes: readonly Wake[] }>(path`/v1/agents/${name}/wakes?limit=50`, { signal }),
    refetchInterval: 5_000,
  });
}

/** A release's own card, on the platform's own host: its label is made of the end of its id, which is random. */
export function releaseCardQuery(name: string, release: string) {
  return queryOptions({
    queryKey: ["agents", "release-card", name, release],
    queryFn: async ({ signal }) => {
      const address = path`/agents/${`${shortRelease(release)}--${name}`}/.well-known/agent-card.json`;
      return await api<AgentCard>(address, { signal, headers: { "A2A-Version": "1.0" } });
    },
    // A release never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
}
