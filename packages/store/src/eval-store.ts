import type { EvalSuite } from "@berth/protocol";

export type EvalStatus = "running" | "passed" | "failed" | "canceled";

/** One case of a run; scores are `0.000` to `1.000`. */
export interface EvalCaseResult {
  readonly id: string;
  /** Absent: it was not scored. */
  readonly score?: string;
  /** Why not: that says nothing about the agent. */
  readonly notScored?: string;
  readonly passed: boolean;
  readonly failures: readonly string[];
  /** Absent when the call was refused. */
  readonly taskId?: string;
  /** Absent when there was no receipt in time; then its score is no addendum either. */
  readonly receiptId?: string;
}

export interface EvalRunRecord {
  readonly orgId: string;
  readonly runId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly suite: string;
  readonly status: EvalStatus;
  readonly threshold: string;
  /** How many cases the suite has. */
  readonly total: number;
  /** Those that are done, in the suite's order. */
  readonly cases: readonly EvalCaseResult[];
  /** Set when it ran to its end and every case was scored. */
  readonly score?: string;
  /** What models that judged have used. */
  readonly judged?: EvalUsage;
  /** Why it did not. */
  readonly error?: string;
  readonly startedBy: string;
  readonly startedAt: string;
  readonly endedAt?: string;
}

export interface EvalUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Millionths of a US dollar. */
  readonly costMicros: number;
}

/** What a list shows: without the cases. */
export type EvalRunSummary = Omit<EvalRunRecord, "cases">;

export interface EvalStore {
  /** Before the release is published: who sees the release finds its suites. Replaces what was there. */
  saveSuites(orgId: string, releaseId: string, suites: readonly EvalSuite[]): Promise<void>;
  /** Empty when it brought none. */
  suites(orgId: string, releaseId: string): Promise<readonly EvalSuite[]>;
  /** Inserts or replaces. */
  saveRun(run: EvalRunRecord): Promise<void>;
  findRun(orgId: string, runId: string): Promise<EvalRunRecord | undefined>;
  /** Newest first. */
  runs(
    orgId: string,
    filter: { readonly agentId: string; readonly suite?: string; readonly limit: number },
  ): Promise<readonly EvalRunSummary[]>;
  /** Of each release the run that was started last among those with a score. */
  latest(orgId: string, releaseIds: readonly string[]): Promise<readonly EvalRunSummary[]>;
  /** Of all organizations: some of those that are `running`. */
  running(limit: number): Promise<readonly EvalRunRecord[]>;
}
