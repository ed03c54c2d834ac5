import type { ApprovalHookRecord, ApprovalPolicyRecord, ApprovalRecord } from "./approval-store.ts";
import { toInstant } from "./instant.ts";
import { plainCopy } from "./kept-records.ts";
import { requireStorableText } from "./storable-text.ts";

/** As every driver keeps them: checked keys, one spelling of time, no tie to the caller's objects. */
export function approvalAsKept(approval: ApprovalRecord): ApprovalRecord {
  const { orgId, approvalId, taskId, agentId, requestedAt, expiresAt } = approval;
  requireStorableText({ orgId, approvalId, taskId, agentId });
  return plainCopy({ ...approval, requestedAt: toInstant(requestedAt), expiresAt: toInstant(expiresAt) });
}

export function approvalPolicyAsKept(policy: ApprovalPolicyRecord): ApprovalPolicyRecord {
  const { orgId, policyId, createdAt } = policy;
  requireStorableText({ orgId, policyId });
  return plainCopy({ ...policy, createdAt: toInstant(createdAt) });
}

export function approvalHookAsKept(hook: ApprovalHookRecord): ApprovalHookRecord {
  const { orgId, hookId, createdAt } = hook;
  requireStorableText({ orgId, hookId });
  return plainCopy({ ...hook, createdAt: toInstant(createdAt) });
}
