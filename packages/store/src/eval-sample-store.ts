import type { TaskState } from "@berth/protocol";
import type { EvalUsage } from "./eval-store.ts";

/** A task that somebody called for and that was looked at afterwards. */
export interface EvalSample {
  readonly orgId: string;
  readonly taskId: string;
  readonly receiptId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly suite: string;
  /** Absent: it was not scored. */
  readonly score?: string;
  readonly notScored?: string;
  readonly passed: boolean;
  readonly failures: readonly string[];
  readonly judged?: EvalUsage;
  readonly at: string;
}

/** What the samples of one release say together. */
export interface EvalSampleSummary {
  readonly releaseId: string;
  readonly suite: string;
  /** Those with a score. */
  readonly scored: number;
  readonly passed: number;
  readonly notScored: number;
  /** Mean of those with a score, `0.000` to `1.000`, rounded down. */
  readonly score?: string;
  readonly judged: EvalUsage;
  /** Of the newest. */
  readonly at: string;
}

/** An organization of which tasks are looked at, and how far that has come. */
export interface SamplingPoint {
  readonly orgId: string;
  /** The first leaf of the log that was not looked at. */
  readonly nextLeaf: number;
}

/** A task with its receipt, as sampling needs it. */
export interface SealedTask {
  readonly taskId: string;
  readonly receiptId: string;
  readonly leafIndex: number;
  readonly agentId: string;
  readonly releaseId: string;
  readonly principalId: string;
  readonly state: TaskState;
}

/** Real tasks that are scored afterwards. The log is the queue: one point per organization says how far it was read. */
export interface EvalSampleStore {
  /** From this leaf on, where nothing is known of the organization yet. */
  begin(point: SamplingPoint): Promise<void>;
  /** Of all organizations, by id. */
  points(): Promise<readonly SamplingPoint[]>;
  /** Never back. */
  movePoint(point: SamplingPoint): Promise<void>;
  /** The organization's tasks in the order of their receipts' leaves, from the point on. */
  sealedTasks(point: SamplingPoint, limit: number): Promise<readonly SealedTask[]>;
  /** A task has one sample ever: a second is left out. */
  save(sample: EvalSample): Promise<void>;
  /** Those of these tasks that have a sample. */
  sampled(orgId: string, taskIds: readonly string[]): Promise<ReadonlySet<string>>;
  /** Newest first. */
  list(orgId: string, filter: { readonly agentId: string; readonly limit: number }): Promise<readonly EvalSample[]>;
  /** Of each of these releases that has samples: a release has one suite to sample with. */
  summaries(orgId: string, releaseIds: readonly string[]): Promise<readonly EvalSampleSummary[]>;
}
