import { PlatformError } from "@berth/protocol";
import type { ScopeRequestEvent, TaskEventBody } from "@berth/protocol";
import type { ApprovalRecord, GrantRecord, NewAuditEntry, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import type { JwsSigner } from "../cards/jws-signer.ts";
import type { Grants } from "../grants/grants.ts";
import { grantEvent } from "../services/issue-credentials.ts";
import type { RunRegistry } from "../services/run-registry.ts";
import { allowedBy, widened } from "./approval-rules.ts";
import type { Allowance } from "./approval-rules.ts";
import { ApprovalWaiters } from "./approval-waiters.ts";
import type { Decision } from "./approvals.ts";
import { signDecision } from "./sign-decision.ts";
import { digestOf } from "../receipts/node-sha256.ts";

export interface ApprovalOutcomesOptions {
  readonly store: Pick<Store, "approvals" | "audit">;
  readonly grants: Pick<Grants, "rotate" | "assertIssuable">;
  readonly runs: Pick<RunRegistry, "find">;
  readonly record: (orgId: string, taskId: string, bodies: readonly TaskEventBody[]) => Promise<unknown>;
  /** Signs decisions. */
  readonly signer: JwsSigner;
  readonly now: () => Date;
}

/** How requests end: each once, in the store, the audit log, the run's log and for those who wait. */
export class ApprovalOutcomes {
  readonly waiters: ApprovalWaiters = new ApprovalWaiters();
  readonly #options: ApprovalOutcomesOptions;

  constructor(options: ApprovalOutcomesOptions) {
    this.#options = options;
  }

  /** Writes the decision once, signed; then the grant that it allows takes the place of the present one. */
  async settle(
    approval: ApprovalRecord,
    by: string,
    { extent = "task", note, ...decision }: Decision,
    present?: GrantRecord,
  ): Promise<ApprovalRecord> {
    const { store, grants, now, signer, record } = this.#options;
    const { orgId, taskId, approvalId } = approval;
    const state = decision.decision === "approve" ? "approved" : "denied";
    const allowed = state === "approved" ? allowedBy(approval, decision) : undefined;
    // Before anything is written: an approval that cannot be carried out is none.
    if (allowed !== undefined && present !== undefined) {
      grants.assertIssuable(present, widened(present, allowed, extent).scope);
    }
    const said = {
      by,
      at: now().toISOString(),
      ...(allowed === undefined ? {} : { ...allowed, extent }),
      ...(note === undefined ? {} : { note: note.toWellFormed() }),
    };
    const signature = await signDecision(signer, approval, { ...said, state });
    const settled: ApprovalRecord = { ...approval, state, decision: { ...said, signature } };
    await audited(store.audit, this.#entry(approval, by, `approval.${decision.decision}`, "ok"), async () => {
      if (!(await store.approvals.settle(settled))) throw decided(await store.approvals.find(orgId, approvalId));
    });
    try {
      await record(orgId, taskId, [eventOf(settled, state)]);
      if (allowed !== undefined && present !== undefined) await this.#widen(settled, present, { by, allowed, extent });
    } finally {
      this.#told(approval);
    }
    return settled;
  }

  async #widen(
    approval: ApprovalRecord,
    present: GrantRecord,
    { by, allowed, extent }: { readonly by: string; readonly allowed: Allowance; readonly extent: "once" | "task" },
  ): Promise<void> {
    const { grants, record } = this.#options;
    const { orgId, taskId, approvalId, reason, decision } = approval;
    // Renewals and other approvals may have come meanwhile: what is widened is what stands then.
    const { record: next } = await grants.rotate(present, (newest) => ({
      ...widened(newest, allowed, extent),
      approvalId,
    }));
    const reasonDigest = digestOf(reason);
    const approved = { approvedBy: by, ...(decision === undefined ? {} : { approvedAt: decision.at }), reasonDigest };
    await record(orgId, taskId, [{ ...grantEvent("rotated", next), approvalId, ...approved }]);
  }

  /** Without an answer. */
  async end(approval: ApprovalRecord, state: "expired" | "canceled"): Promise<void> {
    const { store, record } = this.#options;
    if (!(await store.approvals.settle({ ...approval, state }))) return;
    try {
      await this.audit(approval, "system", `approval.${state === "expired" ? "expire" : "cancel"}`, "ok");
      await record(approval.orgId, approval.taskId, [eventOf(approval, state)]);
    } finally {
      this.#told(approval);
    }
  }

  #told({ orgId, taskId, approvalId }: ApprovalRecord): void {
    this.#options.runs.find(orgId, taskId)?.openRequests.delete(approvalId);
    this.waiters.tell(approvalId);
  }

  async audit(approval: ApprovalRecord, actor: string, action: string, outcome: "ok" | "denied"): Promise<void> {
    await this.#options.store.audit.append(this.#entry(approval, actor, action, outcome));
  }

  #entry(
    { orgId, approvalId: resource, taskId }: ApprovalRecord,
    actor: string,
    action: string,
    outcome: "ok" | "denied",
  ): NewAuditEntry {
    const at = this.#options.now().toISOString();
    return { orgId, at, actor, action, resource, outcome, detail: { taskId } };
  }
}

export function eventOf(approval: ApprovalRecord, phase: ScopeRequestEvent["phase"]): ScopeRequestEvent {
  const { approvalId, reason, expiresAt, decision } = approval;
  const { read, write } = phase === "approved" ? (decision ?? approval) : approval;
  return {
    kind: "scope_request",
    approvalId,
    phase,
    read: read ?? approval.read,
    reason,
    expiresAt,
    ...(write === undefined ? {} : { write }),
    ...(decision === undefined ? {} : { by: decision.by }),
  };
}

export function decided(approval: Pick<ApprovalRecord, "state"> | undefined): PlatformError {
  return new PlatformError("APPROVAL_DECIDED", `The request is ${approval?.state ?? "gone"} already.`);
}
