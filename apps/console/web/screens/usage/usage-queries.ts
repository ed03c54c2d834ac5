import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { api, path, search } from "../../api/client.ts";
import type { Agent } from "../../api/types.ts";

export const GROUPS = ["agent", "skill", "model", "caller", "day"] as const;
export type Group = (typeof GROUPS)[number];

/** Amounts and seconds are decimal text: what is added up here would not be exact to the millionth. */
export interface Amounts {
  readonly calls: number;
  readonly seconds: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly charged: string;
  readonly refunded: string;
  readonly amount: string;
}

export interface UsageGroup extends Amounts {
  readonly key: string;
  readonly agentName?: string;
}

export interface UsageReport {
  readonly from: string;
  readonly to: string;
  readonly currency: string;
  readonly groupBy: Group;
  readonly groups: readonly UsageGroup[];
  readonly total: Amounts;
}

interface StatementLine extends Amounts {
  readonly agentId: string;
  readonly agentName: string;
  readonly principalId: string;
}

export interface Statement {
  readonly month: string;
  readonly currency: string;
  readonly lines: readonly StatementLine[];
  readonly total: Amounts;
  readonly accounts: readonly {
    readonly account: string;
    readonly debit: string;
    readonly credit: string;
    readonly balance: string;
  }[];
}

export interface Journal {
  readonly journalId: string;
  readonly kind: "run" | "refund";
  readonly at: string;
  readonly taskId: string;
  readonly agentId: string;
  readonly agentName?: string;
  readonly caller: string;
  readonly skill?: string;
  readonly amount: string;
  readonly seconds: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly reason?: string;
  readonly lines: readonly { readonly account: string; readonly amount: string }[];
  readonly posting: string;
}

export interface LimitRule {
  readonly subject: "organization" | "principal" | "agent" | "task";
  readonly id?: string;
  readonly maxCalls?: number;
  readonly maxTokens?: number;
  readonly maxCost?: string;
  readonly callsPerMinute?: number;
  readonly readsPerMinute?: number;
  readonly writesPerMinute?: number;
  readonly concurrentCalls?: number;
}

export interface Spending {
  readonly subject: string;
  readonly id: string;
  readonly calls: number;
  readonly tokens: number;
  readonly cost: string;
}

export function usageAddress(groupBy: Group, from: string, to: string): string {
  return `/v1/usage${search({ groupBy, from, to })}`;
}

export function usageQuery(groupBy: Group, from: string, to: string) {
  return queryOptions({
    queryKey: ["usage", groupBy, from, to],
    queryFn: async ({ signal }) => await api<UsageReport>(usageAddress(groupBy, from, to), { signal }),
    refetchInterval: 15_000,
  });
}

export function statementQuery(month: string) {
  return queryOptions({
    queryKey: ["usage", "statement", month],
    queryFn: async ({ signal }) => await api<Statement>(path`/v1/statements/${month}`, { signal }),
  });
}

export function journalsQuery(from: string, to: string) {
  return infiniteQueryOptions({
    queryKey: ["usage", "journals", from, to],
    queryFn: async ({ pageParam, signal }) =>
      await api<{ journals: readonly Journal[]; nextPageToken: string }>(
        `/v1/journals${search({ from, to, pageSize: 100, pageToken: pageParam })}`,
        { signal },
      ),
    initialPageParam: "",
    getNextPageParam: ({ nextPageToken }) => (nextPageToken === "" ? undefined : nextPageToken),
  });
}

export const limitsQuery = queryOptions({
  queryKey: ["usage", "limits"],
  queryFn: async ({ signal }) => await api<{ rules: readonly LimitRule[] }>("/v1/limits", { signal }),
});

export const spendingQuery = queryOptions({
  queryKey: ["usage", "spending"],
  queryFn: async ({ signal }) =>
    await api<{ month: string; resetsAt: string; usage: readonly Spending[] }>("/v1/limits/usage", { signal }),
  refetchInterval: 15_000,
});

/** Rules name agents, what was used has their ids. */
export const agentNamesQuery = queryOptions({
  queryKey: ["usage", "agent-names"],
  queryFn: async ({ signal }) => {
    const { agents } = await api<{ agents: readonly Pick<Agent, "agentId" | "name">[] }>("/v1/agents?pageSize=100", {
      signal,
    });
    return new Map(agents.map(({ agentId, name }) => [agentId, name]));
  },
});

/** The receipt that signs a run's journal; of agents that are gone there is no address to ask at. */
export async function receiptOf({ agentName, taskId }: Journal): Promise<string | undefined> {
  if (agentName === undefined) return undefined;
  const { receiptId } = await api<{ receiptId?: string }>(path`/agents/${agentName}/runs/${taskId}/receipt`);
  return receiptId;
}
