import { PlatformError } from "@berth/protocol";
import type {
  ApprovalHookRecord,
  ApprovalPolicyRecord,
  ApprovalRecord,
  ApprovalState,
  ApprovalStore,
} from "../approval-store.ts";
import { approvalAsKept, approvalHookAsKept, approvalPolicyAsKept } from "../kept-approvals.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

const MAX_POLICIES = 1_000;
const MAX_HOOKS = 100;

export class InMemoryApprovalStore implements ApprovalStore {
  readonly #state: InMemoryState;
  readonly #approvals = new Map<string, ApprovalRecord>();
  readonly #policies = new Map<string, ApprovalPolicyRecord>();
  readonly #hooks = new Map<string, ApprovalHookRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async insert(approval: ApprovalRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = approvalAsKept(approval);
    if (this.#approvals.has(kept.approvalId)) throw taken(kept.approvalId);
    this.#approvals.set(kept.approvalId, kept);
  }

  async find(orgId: string, approvalId: string): Promise<ApprovalRecord | undefined> {
    this.#state.assertOpen();
    const found = this.#approvals.get(approvalId);
    return found?.orgId === orgId ? found : undefined;
  }

  async settle(approval: ApprovalRecord): Promise<boolean> {
    this.#state.assertOpen();
    const kept = approvalAsKept(approval);
    const found = this.#approvals.get(kept.approvalId);
    if (found?.orgId !== kept.orgId || found.state !== "pending") return false;
    this.#approvals.set(kept.approvalId, kept);
    return true;
  }

  async list(
    orgId: string,
    filter: { readonly state?: ApprovalState; readonly taskId?: string; readonly limit: number },
  ): Promise<readonly ApprovalRecord[]> {
    this.#state.assertOpen();
    return [...this.#approvals.values()]
      .filter((each) => each.orgId === orgId)
      .filter(({ state }) => filter.state === undefined || state === filter.state)
      .filter(({ taskId }) => filter.taskId === undefined || taskId === filter.taskId)
      .sort((a, b) => (keyOf(a.requestedAt, a.approvalId) > keyOf(b.requestedAt, b.approvalId) ? -1 : 1))
      .slice(0, filter.limit);
  }

  async overdue(at: string, limit: number): Promise<readonly ApprovalRecord[]> {
    this.#state.assertOpen();
    return [...this.#approvals.values()]
      .filter(({ state, expiresAt }) => state === "pending" && Date.parse(expiresAt) <= Date.parse(at))
      .sort((a, b) => (a.expiresAt < b.expiresAt ? -1 : 1))
      .slice(0, limit);
  }

  async insertPolicy(policy: ApprovalPolicyRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = approvalPolicyAsKept(policy);
    if (this.#policies.has(kept.policyId)) throw taken(kept.policyId);
    this.#policies.set(kept.policyId, kept);
  }

  async policies(orgId: string): Promise<readonly ApprovalPolicyRecord[]> {
    this.#state.assertOpen();
    return oldestFirst(this.#policies, orgId, ({ policyId }) => policyId).slice(0, MAX_POLICIES);
  }

  async removePolicy(orgId: string, policyId: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#policies.get(policyId)?.orgId === orgId && this.#policies.delete(policyId);
  }

  async insertHook(hook: ApprovalHookRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = approvalHookAsKept(hook);
    if (this.#hooks.has(kept.hookId)) throw taken(kept.hookId);
    this.#hooks.set(kept.hookId, kept);
  }

  async hooks(orgId: string): Promise<readonly ApprovalHookRecord[]> {
    this.#state.assertOpen();
    return oldestFirst(this.#hooks, orgId, ({ hookId }) => hookId).slice(0, MAX_HOOKS);
  }

  async removeHook(orgId: string, hookId: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#hooks.get(hookId)?.orgId === orgId && this.#hooks.delete(hookId);
  }
}

function oldestFirst<T extends { readonly orgId: string; readonly createdAt: string }>(
  records: ReadonlyMap<string, T>,
  orgId: string,
  idOf: (record: T) => string,
): readonly T[] {
  return [...records.values()]
    .filter((each) => each.orgId === orgId)
    .sort((a, b) => (keyOf(a.createdAt, idOf(a)) < keyOf(b.createdAt, idOf(b)) ? -1 : 1));
}

function taken(id: string): PlatformError {
  return new PlatformError("STORE_CONFLICT", `There is a ${id} already.`);
}
