import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

export interface EvalSuiteInfo {
  readonly name: string;
  readonly skill: string;
  readonly threshold: string;
  readonly timeoutSeconds: number;
  /** Their ids. */
  readonly cases: readonly string[];
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
  readonly startedBy: string;
  readonly startedAt: string;
  readonly endedAt?: string;
}

export interface EvalRunInfo extends EvalRunSummaryInfo {
  /** Those that are done. */
  readonly cases: readonly {
    readonly id: string;
    readonly score: string;
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
    cancel: async (agent, runId, options) =>
      await request({ method: "POST", path: path(agent, "runs", runId, "cancel") }, options),
  };
}
