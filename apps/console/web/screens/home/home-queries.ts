import { queryOptions } from "@tanstack/react-query";
import { api, search } from "../../api/client.ts";
import type { Agent, Task } from "../../api/types.ts";
import type { Deployment } from "../deployments/deployment-queries.ts";
import type { CallSpan } from "./call-map.ts";

export interface ListedTask {
  readonly task: Pick<Task, "id" | "status">;
  readonly agent: string;
  readonly principalId: string;
  readonly createdAt: string;
}

export interface TaskPage {
  readonly tasks: readonly ListedTask[];
  readonly totalSize: number;
}

const OFTEN_MS = 3_000;
const SELDOM_MS = 10_000;
/** What the map and the numbers look back on. */
const WINDOW = "1h";

export const homeAgents = queryOptions({
  queryKey: ["agents", "home"],
  queryFn: async ({ signal }) =>
    (await api<{ agents: readonly Agent[] }>("/v1/agents?pageSize=100", { signal })).agents,
  refetchInterval: OFTEN_MS,
});

export function homeTasks(status: string | undefined, pageSize: number) {
  return queryOptions({
    queryKey: ["tasks", "home", status, pageSize],
    queryFn: async ({ signal }) => await api<TaskPage>(`/v1/tasks${search({ status, pageSize })}`, { signal }),
    refetchInterval: OFTEN_MS,
  });
}

export interface WaitingApproval {
  readonly id: string;
  readonly agent: string;
  readonly reason?: string;
}

export const homeApprovals = queryOptions({
  queryKey: ["approvals", "home"],
  queryFn: async ({ signal }) =>
    (await api<{ approvals: readonly WaitingApproval[] }>("/v1/approvals?state=pending", { signal })).approvals,
  refetchInterval: OFTEN_MS,
});

export const homeDeployments = queryOptions({
  queryKey: ["deployments", "home"],
  queryFn: async ({ signal }) =>
    (await api<{ deployments: readonly Deployment[] }>("/v1/deployments?limit=50", { signal })).deployments,
  refetchInterval: SELDOM_MS,
});

export interface Spend {
  readonly total: {
    readonly calls: number;
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly amount: string;
  };
}

/** Of this day, by UTC, as bills are. */
export const homeSpend = queryOptions({
  queryKey: ["usage", "home"],
  queryFn: async ({ signal }) => {
    const from = `${new Date().toISOString().slice(0, 10)}T00:00:00.000Z`;
    const to = new Date(Date.parse(from) + 86_400_000).toISOString();
    return await api<Spend>(`/v1/usage${search({ from, to })}`, { signal });
  },
  refetchInterval: SELDOM_MS,
});

export const homeCalls = queryOptions({
  queryKey: ["spans", "home"],
  queryFn: async ({ signal }) =>
    (
      await api<{ spans: readonly CallSpan[] }>(
        `/v1/spans${search({ q: `gen_ai.tool.type:agent since:${WINDOW}`, limit: 1_000 })}`,
        { signal },
      )
    ).spans,
  refetchInterval: OFTEN_MS,
});
