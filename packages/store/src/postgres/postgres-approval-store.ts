import { PlatformError } from "@berth/protocol";
import type { Kysely } from "kysely";
import type {
  ApprovalHookRecord,
  ApprovalPolicyRecord,
  ApprovalRecord,
  ApprovalState,
  ApprovalStore,
} from "../approval-store.ts";
import { approvalAsKept, approvalHookAsKept, approvalPolicyAsKept } from "../kept-approvals.ts";
import { isStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

const MAX_POLICIES = 1_000;
const MAX_HOOKS = 100;

export class PostgresApprovalStore implements ApprovalStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async insert(approval: ApprovalRecord): Promise<void> {
    const kept = approvalAsKept(approval);
    const row = {
      org_id: kept.orgId,
      approval_id: kept.approvalId,
      task_id: kept.taskId,
      state: kept.state,
      requested_at: kept.requestedAt,
      expires_at: kept.expiresAt,
      record: JSON.stringify(kept),
    };
    await once(kept.approvalId, async () => await this.#db.insertInto("approvals").values(row).execute());
  }

  async find(orgId: string, approvalId: string): Promise<ApprovalRecord | undefined> {
    if (!isStorableText(orgId) || !isStorableText(approvalId)) return undefined;
    const row = await this.#db
      .selectFrom("approvals")
      .select("record")
      .where("org_id", "=", orgId)
      .where("approval_id", "=", approvalId)
      .executeTakeFirst();
    return row === undefined ? undefined : parseApproval(row.record);
  }

  async settle(approval: ApprovalRecord): Promise<boolean> {
    const kept = approvalAsKept(approval);
    const { numUpdatedRows } = await this.#db
      .updateTable("approvals")
      .set({ state: kept.state, record: JSON.stringify(kept) })
      .where("org_id", "=", kept.orgId)
      .where("approval_id", "=", kept.approvalId)
      .where("state", "=", "pending")
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async list(
    orgId: string,
    filter: { readonly state?: ApprovalState; readonly taskId?: string; readonly limit: number },
  ): Promise<readonly ApprovalRecord[]> {
    const { state, taskId, limit } = filter;
    if (!isStorableText(orgId) || (taskId !== undefined && !isStorableText(taskId))) return [];
    const rows = await this.#db
      .selectFrom("approvals")
      .select("record")
      .where("org_id", "=", orgId)
      .$if(state !== undefined, (query) => query.where("state", "=", state ?? ""))
      .$if(taskId !== undefined, (query) => query.where("task_id", "=", taskId ?? ""))
      .orderBy("requested_at", "desc")
      .orderBy("approval_id", "desc")
      .limit(limit)
      .execute();
    return rows.map(({ record }) => parseApproval(record));
  }

  async overdue(at: string, limit: number): Promise<readonly ApprovalRecord[]> {
    const rows = await this.#db
      .selectFrom("approvals")
      .select("record")
      .where("state", "=", "pending")
      .where("expires_at", "<=", at)
      .orderBy("expires_at")
      .limit(limit)
      .execute();
    return rows.map(({ record }) => parseApproval(record));
  }

  async insertPolicy(policy: ApprovalPolicyRecord): Promise<void> {
    const kept = approvalPolicyAsKept(policy);
    const { orgId, policyId, createdAt } = kept;
    const row = { org_id: orgId, policy_id: policyId, created_at: createdAt, record: JSON.stringify(kept) };
    await once(policyId, async () => await this.#db.insertInto("approval_policies").values(row).execute());
  }

  async policies(orgId: string): Promise<readonly ApprovalPolicyRecord[]> {
    if (!isStorableText(orgId)) return [];
    const rows = await this.#db
      .selectFrom("approval_policies")
      .select("record")
      .where("org_id", "=", orgId)
      .orderBy("created_at")
      .orderBy("policy_id")
      .limit(MAX_POLICIES)
      .execute();
    return rows.map(({ record }) => parsePolicy(record));
  }

  async removePolicy(orgId: string, policyId: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(policyId)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("approval_policies")
      .where("org_id", "=", orgId)
      .where("policy_id", "=", policyId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async insertHook(hook: ApprovalHookRecord): Promise<void> {
    const kept = approvalHookAsKept(hook);
    const { orgId, hookId, createdAt } = kept;
    const row = { org_id: orgId, hook_id: hookId, created_at: createdAt, record: JSON.stringify(kept) };
    await once(hookId, async () => await this.#db.insertInto("approval_hooks").values(row).execute());
  }

  async hooks(orgId: string): Promise<readonly ApprovalHookRecord[]> {
    if (!isStorableText(orgId)) return [];
    const rows = await this.#db
      .selectFrom("approval_hooks")
      .select("record")
      .where("org_id", "=", orgId)
      .orderBy("created_at")
      .orderBy("hook_id")
      .limit(MAX_HOOKS)
      .execute();
    return rows.map(({ record }) => parseHook(record));
  }

  async removeHook(orgId: string, hookId: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(hookId)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("approval_hooks")
      .where("org_id", "=", orgId)
      .where("hook_id", "=", hookId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}

async function once(id: string, insert: () => Promise<unknown>): Promise<void> {
  try {
    await insert();
  } catch (error) {
    if (sqlStateOf(error) !== SqlState.UniqueViolation) throw error;
    throw new PlatformError("STORE_CONFLICT", `There is a ${id} already.`, { cause: error });
  }
}

// The texts were made from such records when they were written.

function parseApproval(record: string): ApprovalRecord {
  return JSON.parse(record) as ApprovalRecord;
}

function parsePolicy(record: string): ApprovalPolicyRecord {
  return JSON.parse(record) as ApprovalPolicyRecord;
}

function parseHook(record: string): ApprovalHookRecord {
  return JSON.parse(record) as ApprovalHookRecord;
}
