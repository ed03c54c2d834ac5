export type ApprovalState = "pending" | "approved" | "denied" | "expired" | "canceled";

/** A run's wish for more than its grant has, and the answer to it. */
export interface ApprovalRecord {
  readonly orgId: string;
  readonly approvalId: string;
  readonly taskId: string;
  readonly agentId: string;
  readonly agentName: string;
  /** The caller of the run: may not be the one who approves. */
  readonly requesterId: string;
  /** Everybody who had sent the run a message by then, and whose keys those were; none of them may either. */
  readonly callers?: readonly string[];
  readonly read: readonly string[];
  readonly write?: string;
  /** Said by the agent: attacker-controlled text. */
  readonly reason: string;
  readonly priorGrantId: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly state: ApprovalState;
  readonly decision?: ApprovalDecision;
}

export interface ApprovalDecision {
  /** Principal id, or the id of the policy that decided. */
  readonly by: string;
  readonly at: string;
  /** `once`: for the next operation on each path; `task`: until the run ends. */
  readonly extent?: "once" | "task";
  /** What was allowed; never more than was asked for. */
  readonly read?: readonly string[];
  readonly write?: string;
  readonly note?: string;
  /** Compact JWS of the decision, by the platform's approval key. */
  readonly signature: string;
}

/** Answers requests without a person, where they ask for little. */
export interface ApprovalPolicyRecord {
  readonly orgId: string;
  readonly policyId: string;
  /** Absent: of every agent. */
  readonly agentName?: string;
  /** Every glob of a request must lie within these. */
  readonly read: readonly string[];
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly extent: "once" | "task";
  readonly createdAt: string;
  readonly createdBy: string;
}

/** Where approvers are told of requests. */
export interface ApprovalHookRecord {
  readonly orgId: string;
  readonly hookId: string;
  readonly url: string;
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface ApprovalStore {
  insert(approval: ApprovalRecord): Promise<void>;
  find(orgId: string, approvalId: string): Promise<ApprovalRecord | undefined>;
  /** From pending to another state, once. False when it is not pending any more; nothing is written then. */
  settle(approval: ApprovalRecord): Promise<boolean>;
  /** Newest first. */
  list(
    orgId: string,
    filter: { readonly state?: ApprovalState; readonly taskId?: string; readonly limit: number },
  ): Promise<readonly ApprovalRecord[]>;
  /** Pending ones of every organization whose time is over. */
  overdue(at: string, limit: number): Promise<readonly ApprovalRecord[]>;
  insertPolicy(policy: ApprovalPolicyRecord): Promise<void>;
  /** Oldest first, at most 1,000. */
  policies(orgId: string): Promise<readonly ApprovalPolicyRecord[]>;
  removePolicy(orgId: string, policyId: string): Promise<boolean>;
  insertHook(hook: ApprovalHookRecord): Promise<void>;
  /** Oldest first, at most 100. */
  hooks(orgId: string): Promise<readonly ApprovalHookRecord[]>;
  removeHook(orgId: string, hookId: string): Promise<boolean>;
}
