import type { EvalSuite, Principal } from "@berth/protocol";
import type { AgentWithRelease, EvalRunRecord, EvalRunSummary, EvalSample, EvalSampleSummary } from "@berth/store";

/** Suites that agents bring along, run as calls like any other, and what came of them. */
export interface Evals {
  /** Of the release that is live. Needs `eval.read`. @throws AGENT_NOT_FOUND */
  suites(principal: Principal, agentName: string): Promise<readonly EvalSuite[]>;
  /**
   * Calls the agent as the principal, case by case; returns at once with status `running`. At most 2 runs at a time per
   * organization. Needs `eval.run`, and to be allowed to call the agent. Without a name it is the agent's only suite.
   * @throws AGENT_NOT_FOUND, EVAL_NOT_FOUND, INVALID_PARAMS, RATE_LIMITED
   */
  start(principal: Principal, agentName: string, suite?: string): Promise<EvalRunRecord>;
  /** Newest first. Needs `eval.read`. */
  runs(
    principal: Principal,
    agentName: string,
    filter: { readonly suite?: string; readonly limit: number },
  ): Promise<readonly EvalRunSummary[]>;
  /** Needs `eval.read`. @throws EVAL_NOT_FOUND */
  find(principal: Principal, agentName: string, runId: string): Promise<EvalRunRecord>;
  /** Ends it, with the calls that are under way; one that is over stays as it is. Needs `eval.run`. */
  cancel(principal: Principal, agentName: string, runId: string): Promise<EvalRunRecord>;
  /** Tasks of others that were scored afterwards, newest first. Needs `eval.read`. */
  samples(principal: Principal, agentName: string, filter: { readonly limit: number }): Promise<readonly EvalSample[]>;
  /** What the samples of each release that is live say together, for whoever sees the agents. */
  sampled(agents: readonly AgentWithRelease[]): Promise<ReadonlyMap<string, EvalSampleSummary>>;
  /** The last score of each release that is live, for whoever sees the agents. */
  latest(agents: readonly AgentWithRelease[]): Promise<ReadonlyMap<string, EvalRunSummary>>;
}
