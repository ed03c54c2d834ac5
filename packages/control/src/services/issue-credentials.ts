import { setTimeout as pause } from "node:timers/promises";
import { PlatformError } from "@berth/protocol";
import type { AgentConfig, GrantEvent, Principal } from "@berth/protocol";
import type { GrantRecord, GrantScope } from "@berth/store";
import type { Grants, IssuedGrant } from "../grants/grants.ts";
import type { CredentialRequest, IssueCredentials } from "../tasks/turn-runner.ts";
import type { RunRegistry } from "./run-registry.ts";

/** An operation on files that has not ended by then hangs. */
const SETTLE_MS = 30_000;

export interface IssueCredentialsOptions {
  readonly grants: Grants;
  readonly runs: RunRegistry;
  /** Every grant that a run has had. */
  readonly grantsOfRun: (orgId: string, taskId: string) => Promise<readonly GrantRecord[]>;
  /** JWT that tells the agent who calls. */
  readonly principalToken: (request: {
    readonly principal: Principal;
    readonly orgId: string;
    readonly agentName: string;
    readonly taskId: string;
    readonly ip?: string;
  }) => Promise<string>;
}

/**
 * What a turn goes out with: the run's grant and who calls. The first turn's grant is a new one, a later turn's takes the
 * place of the one before: what was approved or revoked meanwhile stays so. A run that another run started with a grant
 * gets a piece of that one and nothing of its own.
 */
export function createIssueCredentials({
  grants,
  runs,
  grantsOfRun,
  principalToken,
}: IssueCredentialsOptions): IssueCredentials {
  return async (request) => {
    const { task, principal, deadline, ip } = request;
    const { orgId, taskId, contextId, agentId } = task.record;
    const { agentName } = task.accepted;
    const run = runs.begin({ orgId, taskId, contextId, agentId, agentName, principal, deadline });
    const issued =
      run.grant === undefined ? await firstGrant(grants, request) : await grants.extend(run.grant, deadline);
    // A lost execution may not be dead, and what it has begun may not be done: the next one starts behind all of that.
    if (request.isExecution === true && run.grant !== undefined) {
      const all = await grantsOfRun(orgId, taskId);
      run.superseded = new Set(
        all.map(({ grantId }) => grantId).filter((grantId) => grantId !== issued.record.grantId),
      );
      await withinTime(runs.settled(taskId));
    }
    run.grant ??= issued.record;
    run.unwritten = [...run.unwritten, grantEvent(issued.renewed === true ? "renewed" : "minted", issued.record)];
    const credentials = {
      runId: taskId,
      grant: issued.token,
      ...(issued.record.scope.write === undefined ? {} : { write: issued.record.scope.write }),
      principalToken: await principalToken({
        principal,
        orgId,
        agentName,
        taskId,
        ...(ip === undefined ? {} : { ip }),
      }),
    };
    return { credentials, takeEvents: () => runs.take(taskId) };
  };
}

/** @throws STORE_UNAVAILABLE: the execution is tried again. */
async function withinTime(settled: Promise<void>): Promise<void> {
  const late = new AbortController();
  const timeout = pause(SETTLE_MS, true, { signal: late.signal }).catch(() => false);
  const isLate = await Promise.race([settled.then(() => false), timeout]);
  late.abort();
  if (isLate) throw new PlatformError("STORE_UNAVAILABLE", "What the run's last execution has begun does not end.");
}

async function firstGrant(
  grants: Grants,
  { task, parent, deadline, workspace }: CredentialRequest,
): Promise<IssuedGrant> {
  const { orgId, taskId, agentId } = task.record;
  const base = { orgId, runId: taskId, agentId, runDeadline: deadline };
  if (parent?.grant !== undefined)
    return await grants.attenuate(parent.grant.held, { ...base, scope: parent.grant.scope });
  return await grants.mint({ ...base, scope: defaultScope(taskId, workspace) });
}

/** What every run of the agent may do: read what its berth.json names, write below a prefix of its own. */
function defaultScope(taskId: string, workspace: AgentConfig["workspace"] | undefined): GrantScope {
  const own = outputPrefix(taskId);
  const writes = workspace?.write ?? true;
  return {
    read: [...(workspace?.read ?? []), ...(writes ? [`${own}**`] : [])],
    ...(writes ? { write: own } : {}),
  };
}

function outputPrefix(taskId: string): string {
  return `outputs/${taskId}/`;
}

export function grantEvent(phase: GrantEvent["phase"], record: GrantRecord): GrantEvent {
  const { grantId, priorId, scope, expiresAt, approvalId } = record;
  return {
    kind: "grant",
    phase,
    grantId,
    read: scope.read,
    expiresAt,
    ...(priorId === undefined ? {} : { priorId }),
    ...(scope.write === undefined ? {} : { write: scope.write }),
    ...(approvalId === undefined ? {} : { approvalId }),
  };
}
