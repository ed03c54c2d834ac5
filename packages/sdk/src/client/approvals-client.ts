import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

/** What a run asks for beyond its grant. */
export interface ApprovalInfo {
  readonly id: string;
  readonly agent: string;
  readonly taskId: string;
  readonly requesterId: string;
  readonly read: readonly string[];
  readonly write?: string;
  /** The agent's words. */
  readonly reason: string;
  readonly priorGrantId: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly state: "pending" | "approved" | "denied" | "expired" | "canceled";
  readonly decision?: {
    readonly by: string;
    readonly at: string;
    readonly extent?: "once" | "task";
    readonly read?: readonly string[];
    readonly write?: string;
    readonly note?: string;
    /** Compact JWS; its key stands in `/.well-known/jwks.json`. */
    readonly signature: string;
  };
}

export interface ApprovalDetail extends ApprovalInfo {
  /** What the globs match now. */
  readonly matches: {
    readonly count: number;
    readonly bytes: number;
    /** `files` are not all. */
    readonly more: boolean;
    readonly files: readonly { readonly path: string; readonly bytes: number }[];
  };
  /** Why the caller may not decide it. */
  readonly objection?: string;
}

export interface DecisionRequest {
  readonly decision: "approve" | "deny";
  readonly extent?: "once" | "task";
  readonly read?: readonly string[];
  readonly write?: boolean;
  readonly note?: string;
}

export interface PolicyInfo {
  readonly id: string;
  readonly agent?: string;
  readonly read: readonly string[];
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly extent: "once" | "task";
  readonly createdAt: string;
  readonly createdBy: string;
}

export interface NewPolicy {
  readonly agent?: string;
  readonly read: readonly string[];
  readonly maxFiles?: number;
  readonly maxBytes?: number;
  readonly extent?: "once" | "task";
}

/** Requests of runs, and the rules that answer some of them. */
export interface ApprovalsClient {
  list(
    filter?: { readonly state?: ApprovalInfo["state"]; readonly task?: string },
    options?: CallOptions,
  ): Promise<readonly ApprovalInfo[]>;
  get(id: string, options?: CallOptions): Promise<ApprovalDetail>;
  decide(id: string, decision: DecisionRequest, options?: CallOptions): Promise<ApprovalInfo>;
  policies(options?: CallOptions): Promise<readonly PolicyInfo[]>;
  addPolicy(policy: NewPolicy, options?: CallOptions): Promise<PolicyInfo>;
  removePolicy(id: string, options?: CallOptions): Promise<void>;
}

export function createApprovalsClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
): ApprovalsClient {
  const one = (id: string): string => `v1/approvals/${encodeURIComponent(id)}`;
  return {
    async list(filter = {}, options) {
      const { approvals } = await request<{ readonly approvals: readonly ApprovalInfo[] }>(
        { method: "GET", path: "v1/approvals", query: { ...filter } },
        options,
      );
      return approvals;
    },
    get: (id, options) => request({ method: "GET", path: one(id) }, options),
    decide: (id, decision, options) =>
      request({ method: "POST", path: `${one(id)}/decision`, json: decision }, options),
    async policies(options) {
      const { policies } = await request<{ readonly policies: readonly PolicyInfo[] }>(
        { method: "GET", path: "v1/approval-policies" },
        options,
      );
      return policies;
    },
    addPolicy: (policy, options) => request({ method: "POST", path: "v1/approval-policies", json: policy }, options),
    removePolicy: (id, options) =>
      request({ method: "DELETE", path: `v1/approval-policies/${encodeURIComponent(id)}` }, options),
  };
}
