import type { GrantEvent, Principal } from "@berth/protocol";
import type { AgentConfig } from "@berth/protocol";
import type { GrantRecord, GrantScope } from "@berth/store";
import type { Grants, IssuedGrant } from "../grants/grants.ts";
import type { CredentialRequest, IssueCredentials } from "../tasks/turn-runner.ts";
import type { RunRegistry } from "./run-registry.ts";

export interface IssueCredentialsOptions {
  readonly grants: Grants;
  readonly runs: RunRegistry;
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
export function createIssueCredentials({ grants, runs, principalToken }: IssueCredentialsOptions): IssueCredentials {
  return async (request) => {
    const { task, principal, deadline, ip } = request;
    const { orgId, taskId, contextId, agentId } = task.record;
    const { agentName } = task.accepted;
    const run = runs.begin({ orgId, taskId, contextId, agentId, agentName, principal, deadline });
    const issued =
      run.grant === undefined ? await firstGrant(grants, request) : await grants.extend(run.grant, deadline);
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
