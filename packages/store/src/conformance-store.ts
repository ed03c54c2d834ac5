/** One thing that a protocol asks for, and whether it was so. */
export interface ConformanceCheck {
  /** Such as `get-unknown-task`. */
  readonly id: string;
  /** Where it is said, such as `A2A 1.0 §3.1.3`. */
  readonly section: string;
  readonly outcome: "passed" | "failed" | "skipped";
  readonly detail?: string;
}

/** What an agent's doors answered to questions that make it do no work. */
export interface ConformanceRecord {
  readonly orgId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly checks: readonly ConformanceCheck[];
  readonly by: string;
  readonly at: string;
}

export interface ConformanceStore {
  /** A release has one: the newest. */
  save(record: ConformanceRecord): Promise<void>;
  find(orgId: string, releaseId: string): Promise<ConformanceRecord | undefined>;
}
