import { queryOptions } from "@tanstack/react-query";
import { api, path, search } from "../../api/client.ts";

export interface DeploymentStep {
  readonly name: string;
  readonly status: "running" | "done" | "failed";
  readonly startedAt: string;
  readonly ms?: number;
}

type DeploymentStatus = "queued" | "building" | "pushing" | "releasing" | "healthy" | "live" | "failed" | "canceled";

export interface Deployment {
  readonly deploymentId: string;
  readonly agent: string | null;
  readonly release: string | null;
  readonly status: DeploymentStatus;
  readonly steps: readonly DeploymentStep[];
  readonly evals?: readonly {
    readonly suite: string;
    readonly runId: string;
    readonly score?: string;
    readonly threshold: string;
    readonly passed: boolean;
  }[];
  readonly error?: { readonly reason: string; readonly message: string; readonly step?: string };
  readonly createdAt: string;
  readonly updatedAt: string;
}

export function deploymentsQuery(agent: string | undefined) {
  return queryOptions({
    queryKey: ["deployments", "list", agent],
    queryFn: async ({ signal }) =>
      await api<{ deployments: readonly Deployment[] }>(`/v1/deployments${search({ agent, limit: 100 })}`, { signal }),
    // Close by while something is being built, else now and then.
    refetchInterval: ({ state }) => (state.data?.deployments.some(isUnderWay) === true ? 1_000 : 5_000),
  });
}

export function deploymentQuery(id: string) {
  return queryOptions({
    queryKey: ["deployments", "one", id],
    queryFn: async ({ signal }) => await api<Deployment>(path`/v1/deployments/${id}`, { signal }),
    // What it does is followed on its own stream; it never changes again afterwards.
    staleTime: Number.POSITIVE_INFINITY,
  });
}

export function isUnderWay({ status }: Pick<Deployment, "status">): boolean {
  return status !== "live" && status !== "failed" && status !== "canceled";
}

/** Since it was asked for, in microseconds. */
export function durationUs({ createdAt, updatedAt, status }: Deployment, nowMs: number): number {
  return ((isUnderWay({ status }) ? nowMs : Date.parse(updatedAt)) - Date.parse(createdAt)) * 1_000;
}
