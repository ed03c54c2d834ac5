import type { Principal } from "@berth/protocol";
import type { ServicesPeer } from "@berth/runtime";
import type {
  ApprovalHookRecord,
  ApprovalPolicyRecord,
  ApprovalRecord,
  ApprovalState,
  FileVersion,
  GrantRecord,
} from "@berth/store";

/** What an approver decides on: exact globs, and what they match at this moment. */
export interface ApprovalView {
  readonly approval: ApprovalRecord;
  readonly matches: { readonly files: readonly FileVersion[]; readonly bytes: number; readonly more: boolean };
  /** Why this principal may not decide it; absent: it may. */
  readonly objection?: string;
}

export interface Decision {
  readonly decision: "approve" | "deny";
  /** Default `task`. `once`: until the present grant is renewed, at most 15 minutes. */
  readonly extent?: "once" | "task";
  /** Narrower than asked for; absent: all that was asked for. */
  readonly read?: readonly string[];
  /** False: without the write prefix that was asked for. */
  readonly write?: boolean;
  readonly note?: string;
}

export interface NewPolicy {
  readonly agentName?: string;
  readonly read: readonly string[];
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly extent: "once" | "task";
}

/** What a run wants beyond its grant. */
export interface NewRequest {
  readonly read: readonly string[];
  readonly write?: string;
  readonly reason: string;
  readonly expiresInSeconds?: number;
}

/**
 * A run asks for more than its grant has, a person answers. Who asked for the run may not answer. An approval makes a
 * wider grant in place of the present one, is signed, and stands in the run's log with both grants.
 */
export interface Approvals {
  /**
   * By the services endpoint, for a run. A policy may answer it at once.
   * @throws INVALID_PARAMS, GRANT_EXCEEDED for what may not be asked for, RATE_LIMITED for too many open requests
   */
  request(peer: ServicesPeer, grant: GrantRecord, request: NewRequest): Promise<ApprovalRecord>;
  /** Resolves when it is decided, or with what it is after `waitMs`. @throws APPROVAL_NOT_FOUND for another run's too */
  wait(
    request: { readonly orgId: string; readonly taskId: string; readonly approvalId: string },
    waitMs: number,
    signal: AbortSignal,
  ): Promise<ApprovalRecord>;
  /** Newest first, at most 200. */
  list(
    principal: Principal,
    filter: { readonly state?: ApprovalState; readonly taskId?: string },
  ): Promise<readonly ApprovalRecord[]>;
  /** @throws APPROVAL_NOT_FOUND */
  show(principal: Principal, approvalId: string): Promise<ApprovalView>;
  /**
   * @throws APPROVAL_NOT_FOUND, APPROVAL_DECIDED, APPROVAL_EXPIRED, PERMISSION_DENIED (also for whoever has called),
   * GRANT_EXCEEDED for more than was asked, GRANT_REVOKED when somebody has taken the run's rights away
   */
  decide(principal: Principal, approvalId: string, decision: Decision): Promise<ApprovalRecord>;
  policies(principal: Principal): Promise<readonly ApprovalPolicyRecord[]>;
  addPolicy(principal: Principal, policy: NewPolicy): Promise<ApprovalPolicyRecord>;
  /** @throws POLICY_NOT_FOUND */
  removePolicy(principal: Principal, policyId: string): Promise<void>;
  hooks(principal: Principal): Promise<readonly ApprovalHookRecord[]>;
  /** An address that hears of every new request. @throws INVALID_PARAMS for one that may not be called */
  addHook(principal: Principal, url: string): Promise<ApprovalHookRecord>;
  /** @throws WEBHOOK_NOT_FOUND */
  removeHook(principal: Principal, hookId: string): Promise<void>;
}
