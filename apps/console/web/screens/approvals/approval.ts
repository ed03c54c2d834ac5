import { queryOptions } from "@tanstack/react-query";
import { api, path, search } from "../../api/client.ts";

export const APPROVAL_STATES = ["pending", "approved", "denied", "expired", "canceled"] as const;
export type ApprovalState = (typeof APPROVAL_STATES)[number];
export type Extent = "once" | "task";

export interface Approval {
  readonly id: string;
  readonly agent: string;
  readonly taskId: string;
  readonly requesterId: string;
  readonly read: readonly string[];
  readonly write?: string;
  /** The agent's words: they may be a lie. */
  readonly reason: string;
  readonly priorGrantId: string;
  readonly requestedAt: string;
  readonly expiresAt: string;
  readonly state: ApprovalState;
  readonly decision?: {
    readonly by: string;
    readonly at: string;
    readonly extent?: Extent;
    readonly read?: readonly string[];
    readonly write?: string;
    readonly note?: string;
    readonly signature: string;
  };
}

export interface ApprovalDetail extends Approval {
  readonly matches: {
    readonly count: number;
    readonly bytes: number;
    readonly more: boolean;
    readonly files: readonly { readonly path: string; readonly bytes: number }[];
  };
  readonly objection?: string;
}

export interface Grant {
  readonly id: string;
  readonly approvalId?: string;
  readonly scope: { readonly read: readonly string[]; readonly write?: string };
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  readonly valid: boolean;
}

export interface Decision {
  readonly decision: "approve" | "deny";
  readonly extent?: Extent;
  readonly read?: readonly string[];
  readonly write?: boolean;
  readonly note?: string;
}

const REFRESH_MS = 3_000;

export function approvalsQuery(state: ApprovalState | undefined) {
  return queryOptions({
    queryKey: ["approvals", state ?? "all"],
    queryFn: async ({ signal }) =>
      await api<{ approvals: Approval[] }>(`/v1/approvals${search({ state })}`, { signal }),
    refetchInterval: REFRESH_MS,
  });
}

export function approvalQuery(id: string) {
  return queryOptions({
    queryKey: ["approval", id],
    queryFn: async ({ signal }) => await api<ApprovalDetail>(path`/v1/approvals/${id}`, { signal }),
    // What the globs match may change while somebody thinks.
    refetchInterval: REFRESH_MS * 3,
  });
}

export function grantsOfRunQuery(taskId: string) {
  return queryOptions({
    queryKey: ["grants", taskId],
    queryFn: async ({ signal }) => await api<{ grants: Grant[] }>(`/v1/grants${search({ run: taskId })}`, { signal }),
  });
}

export async function decide(id: string, decision: Decision): Promise<Approval> {
  return await api<Approval>(path`/v1/approvals/${id}/decision`, { method: "POST", body: decision });
}
