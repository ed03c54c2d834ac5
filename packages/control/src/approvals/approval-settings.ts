import { PlatformError, invalidParams } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import { OutboundError } from "@berth/runtime";
import type { OutboundHttp } from "@berth/runtime";
import type { ApprovalHookRecord, ApprovalPolicyRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { assertPolicy } from "./approval-rules.ts";
import type { Approvals, NewPolicy } from "./approvals.ts";

export interface ApprovalSettingsOptions {
  readonly store: Pick<Store, "approvals" | "audit">;
  readonly outbound: Pick<OutboundHttp, "assertUrl">;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

const MAX_POLICIES = 1_000;
const MAX_HOOKS = 20;

/** What an administrator sets up: rules that answer in a person's place, and addresses that hear of requests. */
export class ApprovalSettings implements Pick<
  Approvals,
  "policies" | "addPolicy" | "removePolicy" | "hooks" | "addHook" | "removeHook"
> {
  readonly #options: ApprovalSettingsOptions;

  constructor(options: ApprovalSettingsOptions) {
    this.#options = options;
  }

  async policies(principal: Principal): Promise<readonly ApprovalPolicyRecord[]> {
    authorize(principal, "approval.read");
    const found = await this.#options.store.approvals.policies(principal.orgId);
    const { agents } = principal;
    return found.filter(({ agentName }) => agentName === undefined || (agents?.includes(agentName) ?? true));
  }

  async addPolicy(principal: Principal, policy: NewPolicy): Promise<ApprovalPolicyRecord> {
    authorize(principal, "policy.manage");
    assertPolicy(policy);
    const { store, ids, now } = this.#options;
    const { orgId } = principal;
    if ((await store.approvals.policies(orgId)).length >= MAX_POLICIES) throw tooMany("policies", MAX_POLICIES);
    const record = {
      ...policy,
      orgId,
      policyId: ids("policy"),
      createdAt: now().toISOString(),
      createdBy: principal.id,
    };
    await this.#audited(principal, "policy.create", record.policyId, async () => {
      await store.approvals.insertPolicy(record);
    });
    return record;
  }

  async removePolicy(principal: Principal, policyId: string): Promise<void> {
    authorize(principal, "policy.manage");
    const { approvals } = this.#options.store;
    const known = (await approvals.policies(principal.orgId)).some((policy) => policy.policyId === policyId);
    if (!known) throw new PlatformError("POLICY_NOT_FOUND", "There is no policy with this id.");
    await this.#audited(principal, "policy.remove", policyId, async () => {
      await approvals.removePolicy(principal.orgId, policyId);
    });
  }

  async hooks(principal: Principal): Promise<readonly ApprovalHookRecord[]> {
    authorize(principal, "policy.manage");
    return await this.#options.store.approvals.hooks(principal.orgId);
  }

  async addHook(principal: Principal, url: string): Promise<ApprovalHookRecord> {
    authorize(principal, "policy.manage");
    const { store, outbound, ids, now } = this.#options;
    const { orgId } = principal;
    try {
      await outbound.assertUrl(url);
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      throw invalidParams([{ field: "url", description: error.message }]);
    }
    if ((await store.approvals.hooks(orgId)).length >= MAX_HOOKS) throw tooMany("hooks", MAX_HOOKS);
    const hook = { orgId, hookId: ids("webhook"), url, createdAt: now().toISOString(), createdBy: principal.id };
    await this.#audited(principal, "approval_hook.create", hook.hookId, async () => {
      await store.approvals.insertHook(hook);
    });
    return hook;
  }

  async removeHook(principal: Principal, hookId: string): Promise<void> {
    authorize(principal, "policy.manage");
    const { approvals } = this.#options.store;
    const known = (await approvals.hooks(principal.orgId)).some((hook) => hook.hookId === hookId);
    if (!known) throw new PlatformError("WEBHOOK_NOT_FOUND", "There is no hook with this id.");
    await this.#audited(principal, "approval_hook.remove", hookId, async () => {
      await approvals.removeHook(principal.orgId, hookId);
    });
  }

  async #audited(
    { orgId, id: actor }: Principal,
    action: string,
    resource: string,
    act: () => Promise<void>,
  ): Promise<void> {
    const at = this.#options.now().toISOString();
    await audited(this.#options.store.audit, { orgId, at, actor, action, resource, outcome: "ok" }, act);
  }
}

function tooMany(what: string, most: number): PlatformError {
  return new PlatformError("RATE_LIMITED", `There are ${most} ${what}, which is the most.`, {
    hint: "Remove one that is no longer used.",
  });
}
