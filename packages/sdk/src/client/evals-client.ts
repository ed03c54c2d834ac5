import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

export interface EvalSuiteInfo {
  readonly name: string;
  readonly skill: string;
  readonly threshold: string;
  readonly timeoutSeconds: number;
  /** Their ids. */
  readonly cases: readonly string[];
  /** Types of the scorers that look at real tasks. */
  readonly sampled?: readonly string[];
}

/** The last score of a release. */
export interface EvalStatisticsInfo {
  readonly suite: string;
  readonly score: string;
  readonly passed: boolean;
  readonly at: string;
  readonly release: string;
}

/** What the scored share of a release's real tasks says. */
export interface SamplingStatisticsInfo {
  readonly suite: string;
  readonly score?: string;
  readonly scored: number;
  readonly passed: number;
  readonly notScored: number;
  readonly at: string;
}

/** What a suite of a deployment's gate scored. */
export interface GateScoreInfo {
  readonly suite: string;
  readonly runId: string;
  readonly score?: string;
  readonly threshold: string;
  readonly passed: boolean;
}

export interface EvalUsageInfo {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Millionths of a US dollar. */
  readonly costMicros: number;
}

/** Somebody's task that was scored afterwards. */
export interface EvalSampleInfo {
  readonly taskId: string;
  readonly receiptId: string;
  readonly release: string;
  readonly suite: string;
  readonly score?: string;
  /** Why it has no score. */
  readonly notScored?: string;
  readonly passed: boolean;
  readonly failures: readonly string[];
  readonly judged?: EvalUsageInfo;
  readonly at: string;
}

export interface EvalRunSummaryInfo {
  readonly runId: string;
  readonly agent: string;
  readonly release: string;
  readonly suite: string;
  readonly status: "running" | "passed" | "failed" | "canceled";
  readonly threshold: string;
  /** How many cases the suite has. */
  readonly total: number;
  /** `0.000` to `1.000`; absent when it did not run to its end. */
  readonly score?: string;
  readonly error?: string;
  /** What models that judged have used. */
  readonly judged?: EvalUsageInfo;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly endedAt?: string;
}

export interface EvalRunInfo extends EvalRunSummaryInfo {
  /** Those that are done. */
  readonly cases: readonly {
    readonly id: string;
    readonly score?: string;
    /** Why it has no score. */
    readonly notScored?: string;
    readonly passed: boolean;
    readonly failures: readonly string[];
    readonly taskId?: string;
    readonly receiptId?: string;
  }[];
}

/** `start` and `cancel` need `deploy`, the others `deploy` or `read`. */
export interface EvalsClient {
  suites(agent: string, options?: CallOptions): Promise<{ readonly suites: readonly EvalSuiteInfo[] }>;
  /** Answers at once; `find` tells how far it is. Without a suite it is the only one. */
  start(agent: string, suite?: string, options?: CallOptions): Promise<EvalRunInfo>;
  /** Newest first. */
  runs(
    agent: string,
    query?: { readonly suite?: string; readonly limit?: number },
    options?: CallOptions,
  ): Promise<{ readonly runs: readonly EvalRunSummaryInfo[] }>;
  find(agent: string, runId: string, options?: CallOptions): Promise<EvalRunInfo>;
  cancel(agent: string, runId: string, options?: CallOptions): Promise<EvalRunInfo>;
  /** Newest first. */
  samples(
    agent: string,
    query?: { readonly limit?: number },
    options?: CallOptions,
  ): Promise<{ readonly samples: readonly EvalSampleInfo[] }>;
}

export function createEvalsClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
): EvalsClient {
  const path = (agent: string, ...rest: readonly string[]): string =>
    ["v1/agents", encodeURIComponent(agent), "evals", ...rest.map(encodeURIComponent)].join("/");
  return {
    suites: async (agent, options) => await request({ method: "GET", path: path(agent) }, options),
    start: async (agent, suite, options) =>
      await request({ method: "POST", path: path(agent, "runs"), json: suite === undefined ? {} : { suite } }, options),
    runs: async (agent, query, options) =>
      await request({ method: "GET", path: path(agent, "runs"), query: { ...query } }, options),
    find: async (agent, runId, options) => await request({ method: "GET", path: path(agent, "runs", runId) }, options),
    samples: async (agent, query, options) =>
      await request({ method: "GET", path: path(agent, "samples"), query: { ...query } }, options),
    cancel: async (agent, runId, options) =>
      await request({ method: "POST", path: path(agent, "runs", runId, "cancel") }, options),
  };
}
