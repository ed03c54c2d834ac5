import type { ScopeRequest, ServicesPeer } from "@berth/runtime";
import type { ApprovalRecord, GrantRecord } from "@berth/store";
import type { Approvals } from "../approvals/approvals.ts";
import { entryFor } from "./step-services.ts";
import type { Journals } from "./step-services.ts";

/** Scope requests, those of durable runs once per operation. */
export class ScopeSteps {
  readonly #approvals: Approvals;
  readonly #journals: Journals;

  constructor(options: { readonly approvals: Approvals; readonly journals: Journals }) {
    this.#approvals = options.approvals;
    this.#journals = options.journals;
  }

  /** @throws RUN_SUPERSEDED, STEP_MISMATCH, and as `Approvals.request` */
  async request(peer: ServicesPeer, held: GrantRecord, request: ScopeRequest): Promise<ApprovalRecord> {
    const { step, ...wish } = request;
    if (step === undefined) return await this.#approvals.request(peer, held, wish);
    const { orgId, runId: taskId } = held;
    const journal = this.#journals.journalOf(taskId, step.execution);
    const known = entryFor(journal, step.key, "scope")?.approvalId;
    if (known !== undefined) {
      const now = new AbortController().signal;
      return await this.#approvals.wait({ orgId, taskId, approvalId: known }, 0, now);
    }
    const made = await this.#approvals.request(peer, held, wish);
    const { approvalId } = made;
    await this.#journals.write(taskId, step.execution, () => [
      { kind: "step", op: "scope", phase: "started", ...step, approvalId },
    ]);
    return made;
  }
}
