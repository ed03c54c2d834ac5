import { queryOptions } from "@tanstack/react-query";
import { api, path, search } from "../../api/client.ts";
import type { Agent, Task } from "../../api/types.ts";

export interface EvalSuite {
  readonly name: string;
  readonly skill: string;
  readonly threshold: string;
  readonly timeoutSeconds: number;
  readonly cases: readonly string[];
  readonly sampled?: readonly string[];
}

export interface EvalCase {
  readonly id: string;
  readonly score?: string;
  readonly notScored?: string;
  readonly passed: boolean;
  readonly failures: readonly string[];
  readonly taskId?: string;
  readonly receiptId?: string;
}

export interface EvalSummary {
  readonly runId: string;
  readonly agent: string;
  readonly release: string;
  readonly suite: string;
  readonly status: "running" | "passed" | "failed" | "canceled";
  readonly threshold: string;
  readonly total: number;
  readonly score?: string;
  readonly error?: string;
  readonly judged?: Judged;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly endedAt?: string;
}

export interface EvalRun extends EvalSummary {
  readonly cases: readonly EvalCase[];
}

export interface Judged {
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly costMicros?: number;
}

export interface EvalSample {
  readonly taskId: string;
  readonly receiptId?: string;
  readonly release: string;
  readonly suite: string;
  readonly score?: string;
  readonly notScored?: string;
  readonly passed: boolean;
  readonly failures: readonly string[];
  readonly at: string;
}

export interface AgentWithScores extends Omit<Agent, "evals"> {
  readonly evals?: { readonly suite: string; readonly score?: string; readonly passed: boolean; readonly at: string };
  /** Of real tasks: the share of them that was scored. */
  readonly sampled?: {
    readonly suite: string;
    readonly score?: string;
    readonly scored: number;
    readonly passed: number;
    readonly notScored: number;
  };
}

/** What a deployment's gate said; absent where there was none to pass. */
export interface GatedDeployment {
  readonly deploymentId: string;
  readonly release: string;
  readonly status: string;
  readonly evals?: readonly {
    readonly suite: string;
    readonly runId: string;
    readonly score?: string;
    readonly threshold: string;
    readonly passed: boolean;
  }[];
  readonly createdAt: string;
}

const RUNNING_MS = 1_000;
const IDLE_MS = 10_000;

export const agentsQuery = queryOptions({
  queryKey: ["evals", "agents"],
  queryFn: async ({ signal }) =>
    await api<{ agents: readonly AgentWithScores[] }>("/v1/agents?pageSize=100", { signal }),
});

export function gateQuery(agent: string) {
  return queryOptions({
    queryKey: ["evals", "gate", agent],
    queryFn: async ({ signal }) =>
      await api<{ deployments: readonly GatedDeployment[] }>("/v1/deployments" + search({ agent, limit: 20 }), {
        signal,
      }),
    refetchInterval: IDLE_MS,
  });
}

export function suitesQuery(agent: string) {
  return queryOptions({
    queryKey: ["evals", "suites", agent],
    queryFn: async ({ signal }) =>
      await api<{ suites: readonly EvalSuite[] }>(path`/v1/agents/${agent}/evals`, { signal }),
  });
}

export function runsQuery(agent: string, suite: string | undefined) {
  return queryOptions({
    queryKey: ["evals", "runs", agent, suite ?? ""],
    queryFn: async ({ signal }) =>
      await api<{ runs: readonly EvalSummary[] }>(path`/v1/agents/${agent}/evals/runs` + search({ suite, limit: 50 }), {
        signal,
      }),
    refetchInterval: ({ state }) =>
      state.data?.runs.some(({ status }) => status === "running") === true ? RUNNING_MS : IDLE_MS,
  });
}

/** A run under way is asked for again and again; one that is over never changes. */
export function runQuery(agent: string, runId: string) {
  return queryOptions({
    queryKey: ["evals", "run", agent, runId],
    queryFn: async ({ signal }) => await api<EvalRun>(path`/v1/agents/${agent}/evals/runs/${runId}`, { signal }),
    refetchInterval: ({ state }) => (state.data?.status === "running" ? RUNNING_MS : false),
  });
}

export function samplesQuery(agent: string) {
  return queryOptions({
    queryKey: ["evals", "samples", agent],
    queryFn: async ({ signal }) =>
      await api<{ samples: readonly EvalSample[] }>(path`/v1/agents/${agent}/evals/samples?limit=100`, { signal }),
  });
}

export function taskQuery(taskId: string) {
  return queryOptions({
    queryKey: ["evals", "task", taskId],
    queryFn: async ({ signal }) => await api<{ task: Task; agent: string }>(path`/v1/tasks/${taskId}`, { signal }),
    enabled: taskId !== "",
  });
}

export async function startRun(agent: string, suite: string | undefined): Promise<EvalRun> {
  const body = suite === undefined ? {} : { suite };
  return await api(path`/v1/agents/${agent}/evals/runs`, { method: "POST", body });
}

export async function cancelRun(agent: string, runId: string): Promise<EvalRun> {
  return await api(path`/v1/agents/${agent}/evals/runs/${runId}/cancel`, { method: "POST" });
}
