/** What limits are about. `task`: each run by itself. */
export const LIMIT_SUBJECTS = ["organization", "principal", "agent", "task"] as const;
export type LimitSubject = (typeof LIMIT_SUBJECTS)[number];

/**
 * One rule of an organization. Without `id` it holds for each of its kind, with it for that one only, and what that one
 * says goes before. Absent numbers limit nothing. The most is per calendar month (UTC), of a task per run.
 */
export interface LimitRule {
  readonly subject: LimitSubject;
  /** A principal's id or an agent's name. */
  readonly id?: string;
  readonly callsPerMinute?: number;
  readonly readsPerMinute?: number;
  readonly writesPerMinute?: number;
  readonly concurrentCalls?: number;
  readonly maxCalls?: number;
  readonly maxTokens?: number;
  /** Millionths. */
  readonly maxCostMicros?: number;
}

export interface Spending {
  readonly calls: number;
  readonly tokens: number;
  readonly costMicros: number;
}

/** Whose spending, in which month. */
export interface SpendingKey {
  readonly orgId: string;
  /** `2026-11`. */
  readonly month: string;
  readonly subject: Exclude<LimitSubject, "task">;
  /** The organization's own id, a principal's or an agent's. */
  readonly id: string;
}

/** What one list holds at most. */
export const MAX_LISTED_SPENDING = 1_000;

export interface BudgetStore {
  /** Empty when none were set. */
  rules(orgId: string): Promise<readonly LimitRule[]>;
  /** In place of all that there were. */
  setRules(orgId: string, rules: readonly LimitRule[], at: string): Promise<void>;
  /** Adds each, all or none, and gives the sums in the order asked. Each key at most once. */
  add(spent: readonly (SpendingKey & Spending)[]): Promise<readonly Spending[]>;
  /** Zero for what never spent. */
  find(key: SpendingKey): Promise<Spending>;
  /** Of one month, what cost most first, then what called most. */
  list(orgId: string, month: string): Promise<readonly (SpendingKey & Spending)[]>;
}
