import { PlatformError, isPlatformError } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import type { OutboundHttp, ServicesPeer } from "@berth/runtime";
import type { ApprovalPolicyRecord, ApprovalRecord, ApprovalState, GrantRecord, Store } from "@berth/store";
import { authorize } from "../auth/authorize.ts";
import type { JwsSigner } from "../cards/jws-signer.ts";
import { newestOfLine } from "../grants/grant-line.ts";
import type { Run } from "../services/run-registry.ts";
import type { WorkspaceFiles } from "../workspaces/workspaces.ts";
import { LONGEST_WAIT_MS, assertNote, checkedRequest, isCovered, objectionTo, widened } from "./approval-rules.ts";
import { ApprovalOutcomes, decided, eventOf } from "./approval-outcomes.ts";
import type { ApprovalOutcomesOptions } from "./approval-outcomes.ts";
import { ApprovalSettings } from "./approval-settings.ts";
import type { ApprovalView, Approvals, Decision, NewRequest } from "./approvals.ts";
import { HookTeller } from "./tell-hooks.ts";

export interface ApprovalsOptions extends ApprovalOutcomesOptions {
  readonly store: Pick<Store, "approvals" | "grants" | "audit">;
  readonly files: Pick<WorkspaceFiles, "match">;
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  /** Signs what is sent to hooks. */
  readonly hookSigner: JwsSigner;
  readonly ids: IdGenerator;
  readonly log?: (line: string) => void;
}

export interface RunningApprovals extends Approvals {
  /** A run is over: nobody needs to answer it any more. */
  endRun(run: Run): Promise<void>;
  /** Cancels what runs of an earlier process have asked for. Before the first call. Returns those runs. */
  recover(): Promise<readonly { readonly orgId: string; readonly taskId: string }[]>;
  close(): Promise<void>;
}

const MAX_LISTED = 200;
const MAX_OPEN_PER_RUN = 8;
/** Policies can answer them at once, so that few are open does not say that they are few. */
const MAX_REQUESTS_PER_RUN = 200;
const MATCH_LIMIT = 1_000;
const SWEEP_MS = 2_000;
const SWEEP_BATCH = 100;

/** Looks for requests whose time is over until `close`. */
export function openApprovals(options: ApprovalsOptions): RunningApprovals {
  return new StoreApprovals(options);
}

class StoreApprovals extends ApprovalSettings implements RunningApprovals {
  readonly #options: ApprovalsOptions;
  readonly #outcomes: ApprovalOutcomes;
  readonly #hooks: HookTeller;
  readonly #sweep: NodeJS.Timeout;
  #sweeping: Promise<void> | undefined;

  constructor(options: ApprovalsOptions) {
    super(options);
    this.#options = options;
    this.#outcomes = new ApprovalOutcomes(options);
    const { outbound, hookSigner: signer, now, log = () => undefined } = options;
    this.#hooks = new HookTeller({ outbound, signer, now, log });
    this.#sweep = setInterval(() => {
      this.#sweeping ??= this.#expireOverdue()
        .catch((error: unknown) => log(`approvals: ${String(error)}`))
        .finally(() => (this.#sweeping = undefined));
    }, SWEEP_MS);
    this.#sweep.unref();
  }

  async request(peer: ServicesPeer, grant: GrantRecord, request: NewRequest): Promise<ApprovalRecord> {
    const { store, grants, ids, now, runs, record } = this.#options;
    const { orgId, runId } = grant;
    const run = runs.find(orgId, runId);
    if (run === undefined) throw new PlatformError("GRANT_INVALID", "The run of this grant is over.");
    const at = now();
    const asked = checkedRequest(request, grant, at);
    // More than one grant can say would be found out only when somebody has approved it.
    grants.assertIssuable(grant, widened(grant, asked, "task").scope);
    const approval: ApprovalRecord = {
      ...asked,
      orgId,
      approvalId: ids("approval"),
      taskId: runId,
      agentId: peer.agentId,
      agentName: peer.agentName,
      requesterId: run.principal.id,
      callers: [...run.callers],
      priorGrantId: grant.grantId,
      requestedAt: at.toISOString(),
      state: "pending",
    };
    // Counted before the first wait: requests that come at once are as many as they are.
    countRequest(run, approval.approvalId);
    try {
      await this.#outcomes.audit(approval, peer.agentId, "approval.request", "ok");
      await store.approvals.insert(approval);
    } catch (error) {
      run.openRequests.delete(approval.approvalId);
      throw error;
    }
    await record(orgId, runId, [eventOf(approval, "requested")]);
    // The run may have ended while this was written; its end has not seen it then.
    if (run.over.aborted) return await this.#cancel(approval);
    const policy = await this.#policyFor(approval);
    if (policy !== undefined) {
      const decision = { decision: "approve", extent: policy.extent } as const;
      return await this.#outcomes.settle(approval, policy.policyId, decision, grant);
    }
    this.#hooks.tell(await store.approvals.hooks(orgId), approval);
    return approval;
  }

  async wait(
    { orgId, taskId, approvalId }: { readonly orgId: string; readonly taskId: string; readonly approvalId: string },
    waitMs: number,
    signal: AbortSignal,
  ): Promise<ApprovalRecord> {
    const find = async (): Promise<ApprovalRecord> => {
      const found = await this.#find(orgId, approvalId);
      if (found.taskId !== taskId) throw notFound();
      return found;
    };
    using watch = this.#outcomes.waiters.watch(approvalId);
    const before = await find();
    if (before.state !== "pending" || waitMs <= 0) return before;
    await watch.told(waitMs, signal);
    return await find();
  }

  async list(
    principal: Principal,
    filter: { readonly state?: ApprovalState; readonly taskId?: string },
  ): Promise<readonly ApprovalRecord[]> {
    authorize(principal, "approval.read");
    return await this.#options.store.approvals.list(principal.orgId, { ...filter, limit: MAX_LISTED });
  }

  async show(principal: Principal, approvalId: string): Promise<ApprovalView> {
    authorize(principal, "approval.read");
    const approval = await this.#find(principal.orgId, approvalId);
    const matches = await this.#options.files.match(approval.orgId, approval.read, MATCH_LIMIT);
    const objection = objectionTo(principal, approval, this.#callersOf(approval));
    return { approval, matches, ...(objection === undefined ? {} : { objection }) };
  }

  async decide(principal: Principal, approvalId: string, decision: Decision): Promise<ApprovalRecord> {
    authorize(principal, "approval.decide");
    assertNote(decision.note);
    const approval = await this.#find(principal.orgId, approvalId);
    const objection = objectionTo(principal, approval, this.#callersOf(approval));
    if (objection !== undefined) {
      await this.#outcomes.audit(approval, principal.id, `approval.${decision.decision}`, "denied");
      throw new PlatformError("PERMISSION_DENIED", objection, {
        hint: "Somebody else who may approve has to decide: `a2a approvals` shows it to them.",
      });
    }
    if (approval.state !== "pending") throw decided(approval);
    const { store, runs, now } = this.#options;
    if (Date.parse(approval.expiresAt) <= now().getTime()) {
      await this.#expire(approval);
      throw new PlatformError("APPROVAL_EXPIRED", `The request lapsed at ${approval.expiresAt}.`);
    }
    if (decision.decision === "deny") return await this.#outcomes.settle(approval, principal.id, decision);
    if (runs.find(approval.orgId, approval.taskId) === undefined) throw decided(await this.#cancel(approval));
    const prior = await store.grants.find(approval.orgId, approval.priorGrantId);
    const present = prior === undefined ? undefined : await newestOrNone(store.grants, prior);
    if (present !== undefined) return await this.#outcomes.settle(approval, principal.id, decision, present);
    await this.#cancel(approval);
    throw new PlatformError("GRANT_REVOKED", "Somebody has revoked the grant of this run: it gets no other.");
  }

  async endRun({ orgId, openRequests }: Run): Promise<void> {
    for (const approvalId of openRequests) {
      const approval = await this.#options.store.approvals.find(orgId, approvalId);
      if (approval?.state === "pending") await this.#cancel(approval);
    }
  }

  async recover(): Promise<readonly { readonly orgId: string; readonly taskId: string }[]> {
    const { store, runs, now } = this.#options;
    // Every request lapses before then.
    const horizon = new Date(now().getTime() + 2 * LONGEST_WAIT_MS).toISOString();
    const ended: ApprovalRecord[] = [];
    for (;;) {
      const open = await store.approvals.overdue(horizon, SWEEP_BATCH);
      const left = open.filter(({ orgId, taskId }) => runs.find(orgId, taskId) === undefined);
      for (const approval of left) await this.#cancel(approval);
      ended.push(...left);
      if (left.length < SWEEP_BATCH) return ended;
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#sweep);
    await this.#hooks.close();
    await this.#sweeping;
  }

  async #policyFor(approval: ApprovalRecord): Promise<ApprovalPolicyRecord | undefined> {
    const { store, files } = this.#options;
    const covering = (await store.approvals.policies(approval.orgId)).filter((policy) => isCovered(policy, approval));
    if (covering.length === 0) return undefined;
    const { files: matched, bytes, more } = await files.match(approval.orgId, approval.read, MATCH_LIMIT);
    if (more) return undefined;
    return covering.find(({ maxFiles, maxBytes }) => matched.length <= maxFiles && bytes <= maxBytes);
  }

  async #expireOverdue(): Promise<void> {
    const { store, now } = this.#options;
    for (const approval of await store.approvals.overdue(now().toISOString(), SWEEP_BATCH))
      await this.#expire(approval);
  }

  async #expire(approval: ApprovalRecord): Promise<void> {
    await this.#outcomes.end(approval, "expired");
  }

  async #cancel(approval: ApprovalRecord): Promise<ApprovalRecord> {
    await this.#outcomes.end(approval, "canceled");
    return { ...approval, state: "canceled" };
  }

  #callersOf({ orgId, taskId }: ApprovalRecord): ReadonlySet<string> | undefined {
    return this.#options.runs.find(orgId, taskId)?.callers;
  }

  async #find(orgId: string, approvalId: string): Promise<ApprovalRecord> {
    const found = await this.#options.store.approvals.find(orgId, approvalId);
    if (found === undefined) throw notFound();
    return found;
  }
}

async function newestOrNone(store: Store["grants"], prior: GrantRecord): Promise<GrantRecord | undefined> {
  try {
    return await newestOfLine(store, prior);
  } catch (error) {
    if (isPlatformError(error) && error.reason === "GRANT_REVOKED") return undefined;
    throw error;
  }
}

/** @throws RATE_LIMITED */
function countRequest(run: Run, approvalId: string): void {
  const open = run.openRequests.size >= MAX_OPEN_PER_RUN;
  if (open || run.requests >= MAX_REQUESTS_PER_RUN) {
    const [most, what] = open ? [MAX_OPEN_PER_RUN, "open requests"] : [MAX_REQUESTS_PER_RUN, "requests"];
    throw new PlatformError("RATE_LIMITED", `This run has ${most} ${what}, which is the most.`);
  }
  run.requests++;
  run.openRequests.add(approvalId);
}

function notFound(): PlatformError {
  return new PlatformError("APPROVAL_NOT_FOUND", "There is no request with this id.");
}
